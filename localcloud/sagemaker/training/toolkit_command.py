"""The command line by which the SageMaker training toolkit runs a script."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath
from typing import Any

from packaging.version import Version

from localcloud.sagemaker.common.errors import JobError
from localcloud.sagemaker.common.images import Image
from localcloud.sagemaker.training.job_paths import JobPaths
from localcloud.sagemaker.training.job_request import JobRequest

_PLATFORM_PREFIX = "sagemaker_"
_FIRST_WITHOUT_SHELL = Version("5.1.3")
_ENTRY_POINT = 'trap : TERM\n"$@"\nexit $?'
"""Of the image: it waits for the toolkit, and neither ends by SIGTERM nor passes it on.

The first process of a container has no default action of SIGTERM, and bash has no handler
(aws/sagemaker-training-toolkit#125, #173).
"""


@dataclass(frozen=True)
class Machine:
    """What the job may use."""

    cpus: int
    gpus: int


@cache
def this_machine() -> Machine:
    return Machine(cpus=os.cpu_count() or 1, gpus=_gpu_count())


def _gpu_count() -> int:
    """NVIDIA devices, as the container's `nvidia-smi --list-gpus` counts them, within `CUDA_VISIBLE_DEVICES`."""
    tool = shutil.which("nvidia-smi")
    if not tool:
        return 0
    listing = subprocess.run(
        [tool, "--list-gpus"], capture_output=True, text=True, check=False
    ).stdout
    present = sum(line.startswith("GPU ") for line in listing.splitlines())
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return present
    devices = [device for device in visible.split(",") if device not in ("", "-1")]
    return min(present, len(devices))


@dataclass(frozen=True)
class Hyperparameters:
    """Decoded hyperparameters: the script's own, and those of the platform (`sagemaker_…`)."""

    own: Mapping[str, Any]
    platform: Mapping[str, Any]

    @classmethod
    def decode(cls, sent: Mapping[str, str]) -> Hyperparameters:
        own: dict[str, Any] = {}
        platform: dict[str, Any] = {}
        for name, text in sent.items():
            group = platform if name.startswith(_PLATFORM_PREFIX) else own
            group[name] = decode_value(text)
        return cls(own, platform)

    @property
    def script(self) -> str | None:
        """The script's name inside the source archive, as it was sent."""
        script: str | None = self.platform.get("sagemaker_program")
        return script

    @property
    def source_uri(self) -> str | None:
        uri = self.platform.get("sagemaker_submit_directory")
        return str(uri) if uri else None

    @property
    def torch_distributed(self) -> bool:
        return self.platform.get("sagemaker_torch_distributed_enabled") is True


def decode_value(text: str) -> Any:
    """A value as JSON where it is JSON, unchanged where it is not: SDK v2 encodes every value, SDK v3 none."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def localized(own: Mapping[str, Any], paths: JobPaths) -> dict[str, Any]:
    """Hyperparameters with the paths of the container replaced by those of the job."""
    values = {}
    for name, value in own.items():
        values[name] = paths.local(value) if isinstance(value, str) else value
    return values


def script_arguments(job: JobRequest, paths: JobPaths) -> list[str]:
    """The script's argv."""
    own = Hyperparameters.decode(job.hyperparameters).own
    return to_arguments(localized(own, paths))


def to_arguments(own: Mapping[str, Any]) -> list[str]:
    """Sorted `--name value` pairs, `-n value` for names of one letter."""
    arguments = []
    for name in sorted(own):
        option = f"-{name}" if len(name) == 1 else f"--{name}"
        arguments += [option, _argument(own[name])]
    return arguments


def _argument(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ",".join(f"{key}={inner}" for key, inner in sorted(value.items()))
    return str(value)


def training_command(
    image: Image, job: JobRequest, paths: JobPaths, machine: Machine
) -> list[str]:
    """The image's own command, or the user's script with its hyperparameters. Raises `JobError`."""
    if image.command:
        return [*image.program(), "train"]
    hyperparameters = Hyperparameters.decode(job.hyperparameters)
    script = str(hyperparameters.script or "")
    _check_script(script, paths)
    arguments = script_arguments(job, paths)
    if PurePath(script).suffix == ".sh":
        return ["/bin/sh", "-c", shlex.join([f"./{script}", *arguments])]
    launcher = _torchrun(machine) if hyperparameters.torch_distributed else []
    return [image.python, *launcher, script, *arguments]


def container_command(image: Image, command: Sequence[str]) -> list[str]:
    """What the container runs for the toolkit's `command`: the image's entry point, with the toolkit below it.

    Toolkits before 5.1.3 join the arguments without quotes for a shell, which reads them again.
    """
    if image.command and not image.is_container:
        return list(command)
    if not image.is_container and Version(image.toolkit) < _FIRST_WITHOUT_SHELL:
        command = ["/bin/sh", "-c", _joined(command)]
    return ["/bin/sh", "-c", _ENTRY_POINT, "entry-point", *command]


def _joined(command: Sequence[str]) -> str:
    """As the toolkit joins it: of a shell script the inner command is quoted, of a Python script nothing is.

    The interpreter is quoted too: that of the image has a path without blanks.
    """
    if command[:2] == ["/bin/sh", "-c"]:
        return f'/bin/sh -c "{command[2]}"'
    return " ".join([shlex.quote(command[0]), *command[1:]])


def _torchrun(machine: Machine) -> list[str]:
    return [
        "-m",
        "torch.distributed.run",
        "--nnodes",
        "1",
        "--nproc_per_node",
        str(machine.gpus or 1),
    ]


def _check_script(script: str, paths: JobPaths) -> None:
    if PurePath(script).suffix not in (".py", ".sh"):
        raise JobError(
            "ClientError: expected the hyperparameter sagemaker_program to name a .py or .sh file, "
            f"found {script!r}. Set it to the training script's name inside the source archive."
        )
    if not (paths.code / script).is_file():
        files = (
            ", ".join(sorted(path.name for path in paths.code.iterdir())) or "nothing"
        )
        raise JobError(
            f"ClientError: the source archive holds no {script!r} (found {files}). "
            "Put the script where sagemaker_program says."
        )
