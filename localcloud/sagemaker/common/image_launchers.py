"""Images by their own launchers: `train` of sagemaker-training, and the Hugging Face toolkit with its model server.

They run in the environments that `make images` builds. A launcher installs `requirements.txt` into its container, which
is thrown away afterwards; so each job and each endpoint has a container environment of its own: a virtual environment
without packages, above those of the image.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from localcloud.sagemaker.common.images import Image, repository

ENVIRONMENT_NAME = "environment"
"""The folder of a container environment, beside `opt/ml`."""
MODEL_SERVER = Path(__file__).parents[1] / "hosting" / "toolkit_server.py"
_SHEBANG_BYTES = 2
_READY = ".ready"


@dataclass(frozen=True)
class ImageEnvironments:
    """The environments `.venv-image-NAME` below a folder."""

    folder: Path

    def find(self, uri: str) -> Path | None:
        """The environment of an image; None where none was built for it."""
        environment = self.folder / f".venv-image-{repository(uri)}"
        return environment if (environment / _READY).is_file() else None


def as_container(image: Image, environment: Path, folder: Path) -> Image:
    """The image with its own launcher, in a new container environment below `folder`."""
    container = make_container_environment(environment, folder / ENVIRONMENT_NAME)
    programs = container / "bin"
    interpreter = str(programs / "python")
    train = (str(programs / "train"),)
    serve = (interpreter, str(MODEL_SERVER))
    command = serve if image.role == "inference" else train
    return replace(image, command=command, interpreter=interpreter, is_container=True)


def make_container_environment(environment: Path, folder: Path) -> Path:
    """A virtual environment that sees the packages and programs of another; what is installed into it stays its own."""
    if folder.is_dir():
        return folder
    programs = folder / "bin"
    programs.mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text((environment / "pyvenv.cfg").read_text())
    [packages] = environment.glob("lib/python*/site-packages")
    own_packages = folder / packages.relative_to(environment)
    own_packages.mkdir(parents=True)
    (own_packages / "image.pth").write_text(
        f"import site; site.addsitedir({str(packages)!r})\n"
    )
    for program in (environment / "bin").iterdir():
        _add_program(program, programs / program.name)
    return folder


def _add_program(program: Path, copy: Path) -> None:
    """A script gets the new environment's interpreter; a binary, and the interpreter itself, is linked."""
    if program.name.startswith("python"):
        copy.symlink_to(os.path.realpath(program))
        return
    content = program.read_bytes() if program.is_file() else b""
    if content[:_SHEBANG_BYTES] != b"#!":
        copy.symlink_to(program)
        return
    copy.write_bytes(content.replace(bytes(program.parent), bytes(copy.parent)))
    copy.chmod(0o755)
