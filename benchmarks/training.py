"""How fast the training is, beside the ways people fine-tune otherwise: same rows, seeds, epochs, batch size, model.

python -m benchmarks.training [--quick] [--rows 3200] [--epochs 1] [--seeds 3] [--ways ours dynamic …]
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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks.processes import peak_memory_mb
from benchmarks.training_peers import BATCH, TEST_ROWS, WAYS

ROWS, QUICK_ROWS = 3200, 320
SEEDS, QUICK_SEEDS = 3, 1
OFFLINE = {
    "HF_HUBOFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}
_HEADER = """\
| way | rows/s | CPU ms a row | ours against it | ours by CPU time | accuracy | peak memory |
|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class TrainingRun:
    """One run of one way; memory is the peak RSS of its process, loading and evaluation included."""

    rows: int
    seconds: float
    cpu_seconds: float
    accuracy: float | None
    peak_mb: float


Runs = Mapping[str, Sequence[TrainingRun]]


def measure(way: str, rows: int, epochs: int, seed: int) -> TrainingRun:
    """Trains in a process of its own. Exits with the end of its errors if it fails."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        arguments = [way, str(rows), str(epochs), str(seed), folder]
        child = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "benchmarks.training_peers",
                *arguments,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | OFFLINE,
        )
        output, errors = _read_all(child)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{way} ended with {child.returncode}: {errors[-2000:]}")
    result = json.loads(output.splitlines()[-1])
    return TrainingRun(**result, peak_mb=peak_memory_mb(usage))


def _read_all(child: subprocess.Popen[str]) -> tuple[str, str]:
    """Output and errors. The errors are few: they do not fill the pipe while the output is read."""
    assert child.stdout is not None
    assert child.stderr is not None
    return child.stdout.read(), child.stderr.read()


def table(runs: Runs) -> Iterator[str]:
    """A line for each way: medians of its runs, the mean of its accuracies and their range."""
    yield _HEADER
    ours = runs.get("ours", ())
    for way, way_runs in runs.items():
        speed = _rows_per_second(way_runs)
        cpu = _cpu_seconds_per_row(way_runs)
        cells = [
            way,
            f"{speed:.1f}",
            f"{1000 * cpu:.1f}",
            f"{_rows_per_second(ours) / speed:.2f}" if ours else "",
            f"{cpu / _cpu_seconds_per_row(ours):.2f}" if ours else "",
            _accuracy(way_runs),
            f"{statistics.median(run.peak_mb for run in way_runs):,.0f} MB",
        ]
        yield f"| {' | '.join(cells)} |"


def _rows_per_second(runs: Sequence[TrainingRun]) -> float:
    return statistics.median(run.rows / run.seconds for run in runs)


def _cpu_seconds_per_row(runs: Sequence[TrainingRun]) -> float:
    return statistics.median(run.cpu_seconds / run.rows for run in runs)


def _accuracy(runs: Sequence[TrainingRun]) -> str:
    accuracies = [run.accuracy for run in runs if run.accuracy is not None]
    if not accuracies:
        return "-"
    mean = f"{statistics.mean(accuracies):.3f}"
    if len(accuracies) == 1:
        return mean
    return f"{mean} ({min(accuracies):.3f} to {max(accuracies):.3f})"


def machine() -> str:
    """What the figures depend on: cores, processor, versions, load; and today's date."""
    packages = ("torch", "transformers", "accelerate")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    load = f"load {os.getloadavg()[0]:.1f} at the end"
    today = datetime.now(UTC).date()
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.machine()}, {python}, {versions}; {load}; {today}"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"one seed and {QUICK_ROWS} rows: about four minutes",
    )
    parser.add_argument(
        "--rows", type=int, help=f"rows to train on (default: {ROWS:,})"
    )
    parser.add_argument(
        "--epochs", type=int, default=1, help="passes over them (default: 1)"
    )
    parser.add_argument(
        "--seeds",
        type=int,
        help="runs of each way, each with a seed and rows of its own (default: 3)",
    )
    parser.add_argument(
        "--ways",
        nargs="+",
        choices=WAYS,
        default=list(WAYS),
        help="what is measured (default: all)",
    )
    arguments = parser.parse_args()
    arguments.rows = arguments.rows or (QUICK_ROWS if arguments.quick else ROWS)
    arguments.seeds = arguments.seeds or (QUICK_SEEDS if arguments.quick else SEEDS)
    return arguments


def main() -> None:
    arguments = parse_arguments()
    rows, epochs, seeds = arguments.rows, arguments.epochs, arguments.seeds
    runs: dict[str, list[TrainingRun]] = {way: [] for way in arguments.ways}
    # One after the other in every round, so that what else the machine does hits all of them.
    for seed in range(seeds):
        for way, way_runs in runs.items():
            run = measure(way, rows, epochs, seed)
            way_runs.append(run)
            print(
                f"seed {seed}, {way}: {run.rows / run.seconds:.1f} rows/s",
                file=sys.stderr,
                flush=True,
            )
    print(
        f"{machine()}\n{rows:,} rows, batches of {BATCH}, {epochs} epoch(s), {seeds} seed(s), ",
        end="",
    )
    print(f"accuracy on {TEST_ROWS} other rows\n")
    for line in table(runs):
        print(line)


if __name__ == "__main__":
    main()
