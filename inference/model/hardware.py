"""What this machine has: cores, instructions, GPUs, memory."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

CPU_FOLDERS = Path("/sys/devices/system/cpu")
CPU_INFO = Path("/proc/cpuinfo")
CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")
MEMORY_LIMIT = Path("/sys/fs/cgroup/memory.max")
GPU_FOLDERS = Path("/proc/driver/nvidia/gpus")
INT8_FLAGS = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "asimddp"})
"""Flags of CPUs that multiply int8 and add in 32 bits at once; on others, int8 was not measured."""


def physical_cores() -> int:
    """Cores this process may use: hyper-threads counted once, a container's quota respected."""
    cpus = set(range(os.cpu_count() or 1))
    if hasattr(os, "sched_getaffinity"):
        cpus = os.sched_getaffinity(0)
    cores = {_thread_siblings(cpu) for cpu in cpus}
    usable = min(len(cores), _quota_cores())
    return max(1, usable)


def thread_count() -> int:
    """Threads of a forward pass in this process: OMP_NUM_THREADS, by default the cores."""
    text = os.environ.get("OMP_NUM_THREADS", "")
    if text.isdigit() and int(text):
        return int(text)
    return physical_cores()


def cpu_flags() -> frozenset[str]:
    """The instruction sets that this CPU reports; none where it reports nothing."""
    if not CPU_INFO.is_file():
        return frozenset()
    text = CPU_INFO.read_text("utf-8", "replace")
    for line in text.splitlines():
        if line.lower().startswith(("flags", "features")):
            return frozenset(line.split())
    return frozenset()


def has_int8_instructions() -> bool:
    return not INT8_FLAGS.isdisjoint(cpu_flags())


def gpu_count() -> int:
    """NVIDIA GPUs that this process can use, with torch; no library is loaded for it."""
    present = 0
    if GPU_FOLDERS.is_dir() and find_spec("torch"):
        present = len(list(GPU_FOLDERS.iterdir()))
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return present
    names = [name.strip() for name in visible.split(",")]
    chosen = [name for name in names if name not in ("", "-1")]
    return min(present, len(chosen))


def memory_bytes() -> int:
    """What this process may use with its children: a container's limit, or the machine's memory."""
    page_bytes = os.sysconf("SC_PAGE_SIZE")
    total = page_bytes * os.sysconf("SC_PHYS_PAGES")
    if not MEMORY_LIMIT.is_file():
        return total
    limit = MEMORY_LIMIT.read_text().strip()
    return min(total, int(limit)) if limit.isdigit() else total


def _thread_siblings(cpu: int) -> str:
    """The CPUs of this one's core, equal for all of them."""
    folder = CPU_FOLDERS / f"cpu{cpu}" / "topology"
    path = folder / "thread_siblings_list"
    if not path.is_file():
        return str(cpu)
    return path.read_text().strip()


def _quota_cores() -> int:
    """Whole cores of a container's quota; all where it has none."""
    every = os.cpu_count() or 1
    if not CPU_QUOTA.is_file():
        return every
    limit, _, period = CPU_QUOTA.read_text().partition(" ")
    if limit == "max":
        return every
    return int(limit) // int(period)
