"""How many threads a forward pass should use here."""

from __future__ import annotations

import os
from pathlib import Path

CPUS = Path("/sys/devices/system/cpu")
QUOTA = Path("/sys/fs/cgroup/cpu.max")


def physical_cores() -> int:
    """Cores this process may use: hyper-threads counted once, a container's quota respected."""
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    cores = {_siblings(cpu) for cpu in usable}
    return max(1, min(len(cores), _quota()))


def _siblings(cpu: int) -> str:
    path = CPUS / f"cpu{cpu}" / "topology" / "thread_siblings_list"
    return path.read_text().strip() if path.is_file() else str(cpu)


def _quota() -> int:
    if not QUOTA.is_file():
        return os.cpu_count() or 1
    limit, _, period = QUOTA.read_text().partition(" ")
    return os.cpu_count() or 1 if limit == "max" else int(limit) // int(period)
