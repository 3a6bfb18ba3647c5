"""How fast, and in how much memory, Inspect profiles a large drop; beside it pandas and datasets on the same file.

python -m benchmarks.inspection [--gb 1.0] [--runs 1]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers import READERS

LAMBDA_MB, LAMBDA_SECONDS = 3008, 900
_KINDS = ("csv", "parquet")
_HEADER = "| file | reader | seconds | CPU seconds | MB/s | rows/s | peak memory | time against Inspect |"
_OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}


@dataclass(frozen=True)
class Measured:
    """One reader on one file. Seconds are the reader's own, without the start of Python; memory is its peak RSS."""

    seconds: float
    cpu_seconds: float
    rows: int
    peak_mb: float


def measured(reader: str, path: Path) -> Measured:
    """Runs a reader in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        command = [sys.executable, "-m", "benchmarks.peers", reader, str(path), folder]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | _OFFLINE)
        assert child.stdout is not None
        output = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{reader} on {path.name} ended with {child.returncode}")
    answer = json.loads(output.splitlines()[-1])
    return Measured(answer["seconds"], used.ru_utime + used.ru_stime, answer["rows"], _megabytes(used))


def _megabytes(used: resource.struct_rusage) -> float:
    """Peak RSS in MB of 2**20 bytes, as Lambda counts; macOS reports bytes, others KiB."""
    return used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def median(runs: list[Measured]) -> Measured:
    """The run of median time, with the largest memory of all."""
    middle = sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]
    seconds = statistics.median(run.seconds for run in runs)
    return Measured(seconds, middle.cpu_seconds, middle.rows, max(run.peak_mb for run in runs))


def compared(path: Path, runs: int) -> Iterator[str]:
    """Lines of the table for one file; the readers take turns."""
    found: dict[str, list[Measured]] = {reader: [] for reader in READERS}
    for _ in range(runs):
        for reader, measurements in found.items():
            measurements.append(measured(reader, path))
    medians = {reader: median(measurements) for reader, measurements in found.items()}
    megabytes = path.stat().st_size / 1e6
    for reader, run in medians.items():
        ratio = run.seconds / medians["inspect"].seconds
        yield (
            f"| {megabytes:,.0f} MB {path.suffix[1:]}, {run.rows:,} rows | {reader} | {run.seconds:.1f} "
            f"| {run.cpu_seconds:.1f} | {megabytes / run.seconds:.1f} | {run.rows / run.seconds:,.0f} "
            f"| {run.peak_mb:,.0f} MB | {ratio:.2f} |"
        )
    yield from _limits(path, medians["inspect"])


def _limits(path: Path, run: Measured) -> Iterator[str]:
    memory, seconds = run.peak_mb / LAMBDA_MB, run.seconds / LAMBDA_SECONDS
    limits = f"{memory:.0%} of Lambda's {LAMBDA_MB:,} MB and {seconds:.0%} of its {LAMBDA_SECONDS} s"
    yield f"| {path.suffix[1:]}: Inspect takes {limits} | | | | | | | |"


def machine() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("pandas", "datasets", "pyarrow"))
    today = datetime.now(UTC).date()
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {versions}; {today}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--gb", type=float, default=1.0, help="size of each file (default: 1)")
    parser.add_argument("--runs", type=int, default=1, help="runs of each reader; the median is printed (default: 1)")
    asked = parser.parse_args()
    print(f"{machine()}; {asked.runs} run(s) each\n\n{_HEADER}\n|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for kind in _KINDS:
            path = Path(folder) / f"reviews.{kind}"
            # In a process of its own: what this one takes of memory, its children seem to have taken.
            subprocess.run([sys.executable, "-m", "benchmarks.reviews", path, str(int(asked.gb * 1e9))], check=True)
            for line in compared(path, asked.runs):
                print(line, flush=True)
            path.unlink()


if __name__ == "__main__":
    main()
