"""A process beside the job: the baselines, the champion, the serving check and the export each run in one.

A process, because a crash, a lack of memory or a setting of one must not reach the model that is trained. It gets a
folder of its own with `request.json`, and leaves its answer there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from contracts.environment import ServingVariable
from training.common.types import Json

SOURCE_ROOT = Path(__file__).parents[2]
"""The folder that holds our packages."""
REQUEST = "request.json"
ANSWER = "answer.json"
ERRORS = "errors.txt"
LOW_PRIORITY = 10
"""For `os.nice` in processes that run while the job trains: they take a tenth of what a training thread does.

At the lowest priority, a job that shares its machine with others would wait for them many times as long.
"""
OFFLINE_ON_CPU: dict[str, str] = {"CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1"}
"""Variables: the GPU is busy with the training, and everything that is needed is on the disk."""
_OF_THE_TRAINING_CONTAINER = ("SAGEMAKER_", "SM_", ServingVariable.TASK, "HF_MODEL")


class SideProcessError(Exception):
    """The process gave no answer."""


class TimedOutError(SideProcessError):
    """The process was not done in time."""


class FailedError(SideProcessError):
    """The process failed; the message is the last line of its error output, or its exit code."""


class SideProcess:
    """Runs `python <arguments> <folder>`; `request` is in the folder's `request.json`."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        request: Json,
        environment: Mapping[str, str],
        *,
        working_directory: Path | None = None,
        holds_input: bool = False,
    ) -> None:
        """The process works in its folder unless there is a `working_directory`.

        With `holds_input`, its standard input stays open until `stop`, or until this process ends, however it ends.
        """
        self.folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
        (self.folder / REQUEST).write_text(json.dumps(request), "utf-8")
        with (self.folder / ERRORS).open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, *arguments, str(self.folder)],
                cwd=working_directory or self.folder,
                env=environment,
                stdin=subprocess.PIPE if holds_input else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )

    def wait(self, timeout_seconds: float) -> None:
        """From here on the process has the priority of this one. Raises `TimedOutError` or `FailedError`."""
        self._raise_priority()
        try:
            code = self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            raise TimedOutError(
                f"it was not done within {timeout_seconds:.0f} s"
            ) from None
        if code:
            lines = (
                (self.folder / ERRORS)
                .read_text("utf-8", "replace")
                .strip()
                .splitlines()
            )
            raise FailedError(lines[-1] if lines else f"exit code {code}")

    def _raise_priority(self) -> None:
        """Where the system allows it: outside a container only root may."""
        with suppress(PermissionError, ProcessLookupError):
            own = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, self._process.pid, own)

    def read_answer(self) -> dict[str, Any]:
        """What the process wrote with `write_answer`; to be called after `wait`."""
        answer: dict[str, Any] = json.loads((self.folder / ANSWER).read_text("utf-8"))
        return answer

    def stop(self) -> None:
        """Ends the process and removes its folder. May be called again."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def read_request(folder: Path) -> dict[str, Any]:
    """For the process itself."""
    request: dict[str, Any] = json.loads((folder / REQUEST).read_text("utf-8"))
    return request


def write_answer(folder: Path, answer: Json) -> None:
    """For the process itself."""
    (folder / ANSWER).write_text(json.dumps(answer), "utf-8")


def source_environment() -> dict[str, str]:
    """This process's environment; the process imports our packages wherever it works."""
    path = os.pathsep.join(
        filter(None, (str(SOURCE_ROOT), os.environ.get("PYTHONPATH")))
    )
    return {**os.environ, "PYTHONPATH": path}


def serving_environment() -> dict[str, str]:
    """This process's environment, without our packages and without what belongs to the training container.

    The process runs on the CPU and offline.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OF_THE_TRAINING_CONTAINER)
    }
    entries = [
        entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry
    ]
    others = [entry for entry in entries if Path(entry).resolve() != SOURCE_ROOT]
    return (
        kept
        | OFFLINE_ON_CPU
        | {
            "PYTHONPATH": os.pathsep.join(others),
            # A model directory is archived as it is after it was served.
            "PYTHONDONTWRITEBYTECODE": "1",
        }
    )
