"""How fast, and in how much memory, Inspect profiles a large drop; beside it pandas and datasets on the same file.

python -m benchmarks.inspection [--gb 1.0] [--runs 1]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.inspection_readers import READERS
from benchmarks.processes import peak_memory_mb

LAMBDA_MB, LAMBDA_SECONDS = 3008, 900
_FILE_FORMATS = ("csv", "parquet")
_HEADER = "| file | reader | seconds | CPU seconds | MB/s | rows/s | peak memory | time against Inspect |"
_OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}


@dataclass(frozen=True)
class ReaderRun:
    """One reader on one file. Seconds are the reader's own, without the start of Python; memory is its peak RSS."""

    seconds: float
    cpu_seconds: float
    rows: int
    peak_mb: float


def measure(reader: str, path: Path) -> ReaderRun:
    """Runs a reader in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        command = [
            sys.executable,
            "-m",
            "benchmarks.inspection_readers",
            reader,
            str(path),
            folder,
        ]
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=os.environ | _OFFLINE
        )
        assert child.stdout is not None
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{reader} on {path.name} ended with {child.returncode}")
    result = json.loads(output.splitlines()[-1])
    return ReaderRun(
        seconds=result["seconds"],
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        rows=result["rows"],
        peak_mb=peak_memory_mb(usage),
    )


def median(runs: list[ReaderRun]) -> ReaderRun:
    """The run of median time, with the largest memory of all."""
    by_time = sorted(runs, key=lambda run: run.seconds)
    middle = by_time[len(runs) // 2]
    return ReaderRun(
        seconds=statistics.median(run.seconds for run in runs),
        cpu_seconds=middle.cpu_seconds,
        rows=middle.rows,
        peak_mb=max(run.peak_mb for run in runs),
    )


def compare(path: Path, rounds: int) -> Iterator[str]:
    """Lines of the table for one file; in every round the readers take turns."""
    runs: dict[str, list[ReaderRun]] = {reader: [] for reader in READERS}
    for _ in range(rounds):
        for reader, reader_runs in runs.items():
            reader_runs.append(measure(reader, path))
    medians = {reader: median(reader_runs) for reader, reader_runs in runs.items()}
    for reader, run in medians.items():
        yield _reader_line(path, reader, run, medians["inspect"])
    yield _limits_line(path, medians["inspect"])


def _reader_line(path: Path, reader: str, run: ReaderRun, inspect: ReaderRun) -> str:
    megabytes = path.stat().st_size / 1e6
    cells = [
        f"{megabytes:,.0f} MB {path.suffix[1:]}, {run.rows:,} rows",
        reader,
        f"{run.seconds:.1f}",
        f"{run.cpu_seconds:.1f}",
        f"{megabytes / run.seconds:.1f}",
        f"{run.rows / run.seconds:,.0f}",
        f"{run.peak_mb:,.0f} MB",
        f"{run.seconds / inspect.seconds:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def _limits_line(path: Path, inspect: ReaderRun) -> str:
    memory = inspect.peak_mb / LAMBDA_MB
    seconds = inspect.seconds / LAMBDA_SECONDS
    limits = f"{memory:.0%} of Lambda's {LAMBDA_MB:,} MB and {seconds:.0%} of its {LAMBDA_SECONDS} s"
    return f"| {path.suffix[1:]}: Inspect takes {limits} | | | | | | | |"


def machine() -> str:
    """What the figures depend on: cores, processor, versions; and today's date."""
    packages = ("pandas", "datasets", "pyarrow")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    today = datetime.now(UTC).date()
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {versions}; {today}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument(
        "--gb", type=float, default=1.0, help="size of each file (default: 1)"
    )
    parser.add_argument(
        "--runs",
        type=int,
        default=1,
        help="runs of each reader; the median is printed (default: 1)",
    )
    arguments = parser.parse_args()
    print(
        f"{machine()}; {arguments.runs} run(s) each\n\n{_HEADER}\n|---|---|---|---|---|---|---|---|",
        flush=True,
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for file_format in _FILE_FORMATS:
            path = Path(folder) / f"reviews.{file_format}"
            _write_reviews(path, int(arguments.gb * 1e9))
            for line in compare(path, arguments.runs):
                print(line, flush=True)
            path.unlink()


def _write_reviews(path: Path, size: int) -> None:
    """Writes a file of at least `size` bytes.

    It does so in a process of its own: the peak memory of a child process starts with what this process has.
    """
    subprocess.run(
        [sys.executable, "-m", "benchmarks.reviews", path, str(size)], check=True
    )


if __name__ == "__main__":
    main()
