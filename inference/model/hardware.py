"""What this machine has: cores, instructions, GPUs, memory."""

from __future__ import annotations

import os
from pathlib import Path

CPUS = Path("/sys/devices/system/cpu")
FACTS = Path("/proc/cpuinfo")
MEMORY_LIMIT = Path("/sys/fs/cgroup/memory.max")
GPUS = Path("/proc/driver/nvidia/gpus")
INT8_FLAGS = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "asimddp"})
"""Of CPUs that multiply int8 and add in 32 bits at once; on others, int8 was not measured."""
QUOTA = Path("/sys/fs/cgroup/cpu.max")


def physical_cores() -> int:
    """Cores this process may use: hyper-threads counted once, a container's quota respected."""
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    cores = {_siblings(cpu) for cpu in usable}
    return max(1, min(len(cores), _quota()))


def threads() -> int:
    """Of a forward pass in this process: OMP_NUM_THREADS, by default the cores."""
    text = os.environ.get("OMP_NUM_THREADS", "")
    return int(text) if text.isdigit() and int(text) else physical_cores()


def flags() -> frozenset[str]:
    """What this CPU says it can do; nothing, where it says nothing."""
    lines = FACTS.read_text("utf-8", "replace").splitlines() if FACTS.is_file() else []
    return frozenset(next((line for line in lines if line.lower().startswith(("flags", "features"))), "").split())


def multiplies_int8() -> bool:
    return not INT8_FLAGS.isdisjoint(flags())


def gpus() -> int:
    """NVIDIA's that this process may use, without loading anything to ask them."""
    here = len(list(GPUS.iterdir())) if GPUS.is_dir() else 0
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return here if visible is None else min(here, sum(part.strip() not in ("", "-1") for part in visible.split(",")))


def memory() -> int:
    """Bytes that this process may use with its children: a container's limit, or the machine's memory."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = MEMORY_LIMIT.read_text().strip() if MEMORY_LIMIT.is_file() else "max"
    return min(total, int(limit)) if limit.isdigit() else total


def _siblings(cpu: int) -> str:
    path = CPUS / f"cpu{cpu}" / "topology" / "thread_siblings_list"
    return path.read_text().strip() if path.is_file() else str(cpu)


def _quota() -> int:
    if not QUOTA.is_file():
        return os.cpu_count() or 1
    limit, _, period = QUOTA.read_text().partition(" ")
    return os.cpu_count() or 1 if limit == "max" else int(limit) // int(period)
