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

from benchmarks.training_peers import BATCH, TEST_ROWS, WAYS

ROWS, QUICK_ROWS = 3200, 320
_OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "TRANSFORMERS_VERBOSITY": "error"}
_HEADER = """\
| way | rows/s | CPU ms a row | ours against it | ours by CPU time | accuracy | peak memory |
|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Measured:
    """One run of one way; memory is the peak RSS of its process, loading and evaluation included."""

    rows: int
    seconds: float
    cpu_seconds: float
    accuracy: float | None
    peak_mb: float


Runs = Mapping[str, Sequence[Measured]]


def measured(way: str, rows: int, epochs: int, seed: int) -> Measured:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        words = [sys.executable, "-W", "ignore", "-m", "benchmarks.training_peers", way]
        child = subprocess.Popen(
            [*words, str(rows), str(epochs), str(seed), folder],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | _OFFLINE,
        )
        output, errors = _drained(child)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{way} ended with {child.returncode}: {errors[-2000:]}")
    peak = used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return Measured(**json.loads(output.splitlines()[-1]), peak_mb=peak)


def table(runs: Runs) -> Iterator[str]:
    """A line for each way: medians of its runs, the mean of its accuracies and their range."""
    yield _HEADER
    ours = runs.get("ours", ())
    for way, found in runs.items():
        speed, cpu = _speed(found), _cpu(found)
        times = (f"{_speed(ours) / speed:.2f}", f"{cpu / _cpu(ours):.2f}") if ours else ("", "")
        memory = statistics.median(run.peak_mb for run in found)
        cells = (way, f"{speed:.1f}", f"{1000 * cpu:.1f}", *times, _accuracy(found), f"{memory:,.0f} MB")
        yield f"| {' | '.join(cells)} |"


def machine() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "accelerate"))
    load = f"load {os.getloadavg()[0]:.1f} at the end"
    today = datetime.now(UTC).date()
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.machine()}, {python}, {versions}; {load}; {today}"


def _drained(child: subprocess.Popen[str]) -> tuple[str, str]:
    """All that a process says. Its errors are few: they do not fill the pipe while its output is read."""
    assert child.stdout is not None
    assert child.stderr is not None
    return child.stdout.read(), child.stderr.read()


def _speed(runs: Sequence[Measured]) -> float:
    return statistics.median(run.rows / run.seconds for run in runs)


def _cpu(runs: Sequence[Measured]) -> float:
    return statistics.median(run.cpu_seconds / run.rows for run in runs)


def _accuracy(runs: Sequence[Measured]) -> str:
    reached = [run.accuracy for run in runs if run.accuracy is not None]
    if not reached:
        return "-"
    span = f" ({min(reached):.3f} to {max(reached):.3f})" if len(reached) > 1 else ""
    return f"{statistics.mean(reached):.3f}{span}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help=f"one seed and {QUICK_ROWS} rows: about four minutes")
    parser.add_argument("--rows", type=int, help=f"rows to train on (default: {ROWS:,})")
    parser.add_argument("--epochs", type=int, default=1, help="passes over them (default: 1)")
    parser.add_argument("--seeds", type=int, help="runs of each way, each with a seed and rows of its own (default: 3)")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS), help="what is measured (default: all)")
    asked = parser.parse_args()
    rows, seeds = asked.rows or (QUICK_ROWS if asked.quick else ROWS), asked.seeds or (1 if asked.quick else 3)
    runs: dict[str, list[Measured]] = {way: [] for way in asked.ways}
    # One after the other in every round, so that what else the machine does hits all of them.
    for seed in range(seeds):
        for way, found in runs.items():
            found.append(measured(way, rows, asked.epochs, seed))
            print(f"seed {seed}, {way}: {found[-1].rows / found[-1].seconds:.1f} rows/s", file=sys.stderr, flush=True)
    print(f"{machine()}\n{rows:,} rows, batches of {BATCH}, {asked.epochs} epoch(s), {seeds} seed(s), ", end="")
    print("\n".join([f"accuracy on {TEST_ROWS} other rows\n", *table(runs)]))


if __name__ == "__main__":
    main()
