"""What this machine can do fast: threads, precision, optimizer."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import torch

from inference.cores import physical_cores


@dataclass(frozen=True)
class Device:
    """How to train here; `settings` are fields of `TrainingArguments`."""

    name: str
    half_precision: bool
    settings: dict[str, Any]

    @property
    def padding_multiple(self) -> int | None:
        """Half precision kernels want lengths in eights; elsewhere that would only be more padding."""
        return 8 if self.half_precision else None


def prepare() -> Device:
    """Sets the process's threads and tells how to train."""
    # Denormal numbers make a CPU many times slower and change nothing that can be measured.
    torch.set_flush_denormal(True)
    if torch.cuda.is_available():
        return _cuda()
    _set_threads()
    return Device(f"cpu ({torch.get_num_threads()} threads)", False, {"use_cpu": True, "dataloader_pin_memory": False})


def _set_threads() -> None:
    if "OMP_NUM_THREADS" in os.environ:
        return
    processes = int(os.environ.get("LOCAL_WORLD_SIZE") or 1)
    torch.set_num_threads(max(1, physical_cores() // processes))


def _cuda() -> Device:
    major, _ = torch.cuda.get_device_capability()
    count = torch.cuda.device_count()
    # Emulated bf16 (before Ampere) is slower than fp16.
    bf16 = major >= 8
    fp16 = not bf16 and major >= 7
    name = torch.cuda.get_device_name() + (f" x {count}" if count > 1 else "")
    return Device(name, bf16 or fp16, {"bf16": bf16, "fp16": fp16, "tf32": True if major >= 8 else None})
