"""The Dockerfile's steps, taken in a plain folder instead of a container."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.dockerfile import chain, stages

ROOT = Path(__file__).parents[3]
SYSTEM = "/usr/local/bin:/usr/bin:/bin"
OF_A_MACHINE = ("useradd ",)
"""Commands that would change this machine, and are left out."""


class Image:
    """What lies below `/opt` in the image lies below `root`/opt here."""

    def __init__(self, root: Path, torch_index: str | None = None) -> None:
        """`torch_index` is the build's argument, where it is another than the Dockerfile's."""
        build_arguments = {"TORCH_INDEX": torch_index} if torch_index else {}
        self.root = root
        self.stages = stages(
            (ROOT / "inference" / "Dockerfile").read_text("utf-8"), **build_arguments
        )
        self.image = self.stages[""]

    def install(self, variant: str) -> None:
        """The last stage of a variant's packages, on what was installed before."""
        self._take(f"packages-{variant}")

    def finish(self) -> None:
        self._take("")

    def here(self, text: str) -> str:
        return text.replace("/opt/", f"{self.root}/opt/")

    def environment(self) -> dict[str, str]:
        """Nothing but what the image sets."""
        return {
            name: self.here(value).replace("${PATH}", SYSTEM)
            for name, value in self.image.pairs("ENV").items()
        }

    def run(
        self, command: Sequence[str], **more: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment() | more,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def folder(self) -> Path:
        return Path(self.here(self.image.last("WORKDIR")))

    def _take(self, name: str) -> None:
        *below, stage = chain(self.stages, name)
        folder = self.root
        for instruction, text in [
            *(step for stage in below for step in stage.steps if step[0] == "WORKDIR"),
            *stage.steps,
        ]:
            if instruction == "WORKDIR":
                folder = self.root / text.lstrip("/")
                folder.mkdir(parents=True, exist_ok=True)
            elif instruction == "COPY" and not text.startswith("--from="):
                *sources, target = text.split()
                for source in sources:
                    copy(ROOT / source, folder / target)
            elif instruction == "RUN" and not text.startswith(OF_A_MACHINE):
                self._run(self.here(text), folder)

    def _run(self, command: str, folder: Path) -> None:
        path = f"{self.root}/opt/venv/bin:{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path}
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (
            f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def as_anyone(command: Sequence[str]) -> list[str]:
    """The command without root's power to write where nobody may, if it is root who runs the tests."""
    drop = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"]
    return [*(drop if os.geteuid() == 0 else []), *command]
