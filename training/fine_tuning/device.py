"""What this machine can do fast: threads, precision, optimizer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from inference.model.hardware import cpu_flags, physical_cores

BF16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})
"""Of CPUs that multiply bfloat16 themselves; others would emulate it, more slowly than float32."""
AMPERE, VOLTA = 8, 7
"""Major compute capabilities: the first with bfloat16, the first with fast float16."""
HALF_PRECISION_MULTIPLE = 8
"""The half precision kernels of GPUs want lengths in eights."""


@dataclass(frozen=True)
class Device:
    """How to train on this machine."""

    name: str
    padding_multiple: int | None
    """What the width of a batch is rounded up to; None where that would only be more padding."""
    settings: Mapping[str, bool]
    """Fields of `TrainingArguments`."""


def prepare(*, tf32: bool = True) -> Device:
    """Sets how this process computes, and chooses the device; `tf32` is for GPUs that have it."""
    # Denormal numbers make a CPU many times slower and change nothing that can be measured.
    torch.set_flush_denormal(True)
    return _cuda(tf32) if torch.cuda.is_available() else _cpu()


def _cpu() -> Device:
    _set_threads()
    settings = {
        "use_cpu": True,
        "bf16": multiplies_bf16(),
        "dataloader_pin_memory": False,
    }
    return Device(f"cpu ({torch.get_num_threads()} threads)", None, settings)


def _set_threads() -> None:
    processes = int(os.environ.get("LOCAL_WORLD_SIZE") or 1)
    # torchrun gives each of several processes one thread, however many cores there are.
    not_chosen = {None, "1"} if processes > 1 else {None}
    if os.environ.get("OMP_NUM_THREADS") not in not_chosen:
        return
    torch.set_num_threads(max(1, physical_cores() // processes))


def multiplies_bf16() -> bool:
    """Whether this CPU has instructions for bfloat16."""
    return not BF16_FLAGS.isdisjoint(cpu_flags())


def _cuda(tf32: bool) -> Device:
    major, _ = torch.cuda.get_device_capability()
    count = torch.cuda.device_count()
    # Before Ampere bf16 is emulated, which is slower than fp16.
    bf16 = major >= AMPERE
    fp16 = not bf16 and major >= VOLTA
    name = torch.cuda.get_device_name() + (f" x {count}" if count > 1 else "")
    # `TrainingArguments.tf32` would set it by an interface with which torch.compile fails (pytorch#166387).
    torch.set_float32_matmul_precision("high" if bf16 and tf32 else "highest")
    multiple = HALF_PRECISION_MULTIPLE if bf16 or fp16 else None
    return Device(name, multiple, {"bf16": bf16, "fp16": fp16})
