"""Jobs that name the program of their container, as those of the SageMaker SDK 3 do.

The training toolkit has no part in them, and nothing tells their programs where `/opt/ml` lies: they read and write the
very path. So they run in a namespace of their own (Linux), in which the job's folder is mounted there, `algo-1` is this
machine and the user is root, as in a container. Outside of it nothing changes.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from contracts.locations import CONTAINER_ROOT
from localcloud.sagemaker.common.image_launchers import (
    ENVIRONMENT_NAME,
    make_container_environment,
)
from localcloud.sagemaker.common.images import Image
from localcloud.sagemaker.common.state import Settings
from localcloud.sagemaker.training.job_paths import HOST, JobPaths
from localcloud.sagemaker.training.job_request import JobRequest

_UNSHARE = ("unshare", "--user", "--map-root-user", "--mount", "--propagation")
_TRIAL_SECONDS = 10.0
_PARENT = str(Path(CONTAINER_ROOT).parent)
_PROGRAMS = {"pip": "pip", "pip3": "pip", "torchrun": "torch.distributed.run"}
"""Programs of the image beside its interpreter -> the module that each runs."""
_MOUNT = f"""
set -e
base=$1 scratch=$2
shift 2
mkdir -p "$scratch/opt"
if [ -e /etc/hosts ]; then
    cp /etc/hosts "$scratch/hosts"
    echo "127.0.0.1 {HOST}" >> "$scratch/hosts"
    mount --bind "$scratch/hosts" /etc/hosts
fi
mount --rbind {_PARENT} "$scratch/opt"
mount -t tmpfs tmpfs {_PARENT}
for entry in "$scratch/opt"/*; do
    name={_PARENT}/${{entry##*/}}
    if [ "$name" = {CONTAINER_ROOT} ]; then continue; fi
    if [ -L "$entry" ]; then cp -P "$entry" "$name"
    elif [ -d "$entry" ]; then mkdir "$name"; mount --rbind "$entry" "$name"
    elif [ -e "$entry" ]; then : > "$name"; mount --bind "$entry" "$name"
    fi
done
mkdir {CONTAINER_ROOT}
mount --rbind "$base" {CONTAINER_ROOT}
cd {CONTAINER_ROOT}/code
exec "$@"
"""
"""`/opt` becomes a folder in memory that shows what is there, and the job's `/opt/ml` besides."""


@cache
def lack() -> str:
    """Why such jobs cannot run on this machine, or nothing where they can."""
    if shutil.which("unshare") is None:
        return "this machine has no unshare, the program of Linux that makes namespaces"
    if not Path(_PARENT).is_dir():
        return f"this machine has no {_PARENT}"
    trial = f"mount -t tmpfs tmpfs {shlex.quote(_PARENT)}"
    try:
        done = subprocess.run(
            [*_UNSHARE, "private", "/bin/sh", "-c", trial],
            check=False,
            capture_output=True,
            text=True,
            timeout=_TRIAL_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"this machine makes no namespaces ({error})"
    if done.returncode:
        return f"this machine allows no namespaces ({done.stderr.strip()})"
    return ""


def with_entrypoint(image: Image, paths: JobPaths) -> Image:
    """The image as a container whose program does all by itself, with an environment that it may install into."""
    environment = Path(image.python).parent.parent
    container = make_container_environment(environment, paths.folder / ENVIRONMENT_NAME)
    programs = container / "bin"
    interpreter = programs / "python"
    names = [*_PROGRAMS.items(), ("python3", "")]
    for name, module in names:
        program = programs / name
        if module:
            program.unlink(missing_ok=True)
            program.write_text(
                f'#!/bin/sh\nexec {shlex.quote(str(interpreter))} -m {module} "$@"\n'
            )
            program.chmod(0o755)
        elif not program.exists():
            program.symlink_to(interpreter.readlink())
    return replace(image, interpreter=str(interpreter), is_container=True)


def entrypoint_command(job: JobRequest, paths: JobPaths) -> list[str]:
    """The job's program where the job's folder is `/opt/ml`."""
    scratch = str(paths.folder / "namespace")
    mount = ("/bin/sh", "-c", _MOUNT, "namespace", str(paths.base), scratch)
    return [*_UNSHARE, "private", *mount, *job.entrypoint, *job.arguments]


def entrypoint_environment(
    job: JobRequest, settings: Settings, host: Mapping[str, str] | None = None
) -> dict[str, str]:
    """What the platform gives the program: paths are those in the container."""
    return {
        **settings.program_environment(os.environ if host is None else host),
        **job.environment,
        "TRAINING_JOB_NAME": job.name,
        "TRAINING_JOB_ARN": job.arn,
    }
