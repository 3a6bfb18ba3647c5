"""What this machine can do fast: threads, precision, optimizer."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import torch

from inference.model.hardware import cpu_flags, physical_cores

BF16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})
"""Of CPUs that multiply bfloat16 themselves; others would emulate it, more slowly than float32."""


@dataclass(frozen=True)
class Device:
    """How to train here; `settings` are fields of `TrainingArguments`."""

    name: str
    padding_multiple: int | None
    """The half precision kernels of GPUs want lengths in eights; elsewhere that would only be more padding."""
    settings: dict[str, Any]


def prepare() -> Device:
    """Sets the process's threads and tells how to train."""
    # Denormal numbers make a CPU many times slower and change nothing that can be measured.
    torch.set_flush_denormal(True)
    return _cuda() if torch.cuda.is_available() else _cpu()


def _cpu() -> Device:
    _set_threads()
    settings = {"use_cpu": True, "bf16": multiplies_bf16(), "dataloader_pin_memory": False}
    return Device(f"cpu ({torch.get_num_threads()} threads)", None, settings)


def _set_threads() -> None:
    processes = int(os.environ.get("LOCAL_WORLD_SIZE") or 1)
    # torchrun gives each of several processes one thread, however many cores there are.
    ours = {None, "1"} if processes > 1 else {None}
    if os.environ.get("OMP_NUM_THREADS") not in ours:
        return
    torch.set_num_threads(max(1, physical_cores() // processes))


def multiplies_bf16() -> bool:
    """Whether this CPU has instructions for bfloat16."""
    return not BF16_FLAGS.isdisjoint(cpu_flags())


def _cuda() -> Device:
    major, _ = torch.cuda.get_device_capability()
    count = torch.cuda.device_count()
    # Emulated bf16 (before Ampere) is slower than fp16.
    bf16 = major >= 8
    fp16 = not bf16 and major >= 7
    name = torch.cuda.get_device_name() + (f" x {count}" if count > 1 else "")
    settings = {"bf16": bf16, "fp16": fp16, "tf32": True if bf16 else None}
    return Device(name, 8 if bf16 or fp16 else None, settings)
