"""What this computer has to train with."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

from localcloud.sagemaker.training.toolkit_environment import Machine


@cache
def this_machine() -> Machine:
    return Machine(cpus=os.cpu_count() or 1, gpus=_gpus())


def _gpus() -> int:
    """NVIDIA devices, as the container's `nvidia-smi --list-gpus` counts them, within `CUDA_VISIBLE_DEVICES`."""
    tool = shutil.which("nvidia-smi")
    if not tool:
        return 0
    listed = subprocess.run([tool, "--list-gpus"], capture_output=True, text=True, check=False).stdout
    present = sum(line.startswith("GPU ") for line in listed.splitlines())
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return present if visible is None else min(present, len([d for d in visible.split(",") if d not in ("", "-1")]))
