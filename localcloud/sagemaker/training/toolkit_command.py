"""The command line a training image stands for."""

from __future__ import annotations

import sys
from pathlib import PurePath

from localcloud.sagemaker.errors import JobError
from localcloud.sagemaker.images import Image, program
from localcloud.sagemaker.kinds import Body
from localcloud.sagemaker.training import hyperparameters
from localcloud.sagemaker.training.job_files import JobPaths
from localcloud.sagemaker.training.toolkit_environment import Machine, script_arguments


def training_command(image: Image, job: Body, paths: JobPaths, machine: Machine) -> list[str]:
    """The image's own command, or the user's script with its hyperparameters, as the training toolkit runs it."""
    if image.command:
        return [*program(image.command), "train"]
    _, platform = hyperparameters.split(job.get("HyperParameters", {}))
    script = str(platform.get("sagemaker_program") or "")
    _check(script, paths)
    arguments = script_arguments(job, paths)
    if PurePath(script).suffix == ".sh":
        return ["/bin/sh", "-c", '"$0" "$@"', f"./{script}", *arguments]
    launcher = _torchrun(machine) if platform.get("sagemaker_torch_distributed_enabled") is True else []
    return [sys.executable, *launcher, script, *arguments]


def _torchrun(machine: Machine) -> list[str]:
    return ["-m", "torch.distributed.run", "--nnodes", "1", "--nproc_per_node", str(machine.gpus or 1)]


def _check(script: str, paths: JobPaths) -> None:
    if PurePath(script).suffix not in (".py", ".sh"):
        raise JobError(
            "ClientError: expected the hyperparameter sagemaker_program to name a .py or .sh file, "
            f"found {script!r}. Set it to the training script's name inside the source archive."
        )
    if not (paths.code / script).is_file():
        found = ", ".join(sorted(path.name for path in paths.code.iterdir())) or "nothing"
        raise JobError(
            f"ClientError: the source archive holds no {script!r} (found {found}). "
            "Put the script where sagemaker_program says."
        )
