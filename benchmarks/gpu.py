"""Training and serving on one GPU in at most eight minutes, without a network: ours beside plain transformers.

python -m benchmarks.gpu [--device cuda] [--rows 4000] [--rounds 3] [--minutes 8] [--out FOLDER] [--tiny]

Each stage runs in a process of its own, which is killed when its share of the time is over. The figures are printed as
they come, then as a table; `--out` gets `gpu.md` and `gpu.json`. The exit code is 1 where a stage failed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from benchmarks.gpu_cases import VISIBLE_GPUS, Options, first_gpu
from benchmarks.gpu_stages import DEVICE_ROW, RESULT, STAGES, Stage
from benchmarks.processes import ROOT, tree
from benchmarks.training import OFFLINE

MINUTES = 8.0
TEST_ROWS = 800
OUT_OF_TIME = "out of time"
STAGE_COMMAND = (sys.executable, "-W", "ignore", "-m", "benchmarks.gpu_stages")
_COLUMNS = {
    "rows_per_second": ("rows/s", "{:,.1f}"),
    "ratio": ("ours against it", "{:.2f}"),
    "tokens_per_second": ("tokens/s", "{:,.0f}"),
    "allocated_mb": ("allocated MB", "{:,.0f}"),
    "reserved_mb": ("reserved MB", "{:,.0f}"),
    "loss": ("loss", "{:.4f}"),
    "quality": ("accuracy", "{:.4f}"),
}


@dataclass(frozen=True)
class Row:
    """Medians of the rounds of one row; `state` is `measured`, or why it is not."""

    stage: str
    name: str
    state: str
    rounds: int = 0
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class StageResult:
    """What one stage printed, and how it ended: empty, `OUT_OF_TIME` or `failed: …`."""

    rounds: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    end: str = ""

    def add(self, line: str) -> None:
        result = json.loads(line.removeprefix(RESULT))
        if "skipped" in result:
            self.skipped[result["row"]] = result["skipped"]
        else:
            self.rounds.setdefault(result["row"], []).append(result["figures"])


def run_stage(stage: Stage, options: Options, seconds: float, log: Path) -> StageResult:
    """Runs the stage's process, for at most so many seconds, and prints what it measures."""
    fields = json.dumps({**asdict(options), "folder": str(options.folder)})
    result = StageResult()
    command = [*STAGE_COMMAND, stage.name, fields, str(seconds)]
    environment = os.environ | OFFLINE | visible_gpus(stage, options.device)
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        killer = threading.Timer(seconds, _end, [process, result])
        killer.start()
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(RESULT):
                result.add(line)
                print(f"{stage.name}: {line.removeprefix(RESULT).strip()}", flush=True)
        code = process.wait()
        killer.cancel()
    if code and not result.end:
        lines = log.read_text("utf-8", "replace").strip().splitlines()
        result.end = f"failed: {lines[-1] if lines else f'exit code {code}'}"
    return result


def visible_gpus(stage: Stage, device: str) -> dict[str, str]:
    """Environment variables: a stage sees one GPU unless it is about several, and none on the CPU."""
    if device == "cpu":
        return {VISIBLE_GPUS: ""}
    return {} if stage.all_gpus else first_gpu()


def _end(process: subprocess.Popen[str], result: StageResult) -> None:
    """Kills the stage and the jobs that it started."""
    result.end = OUT_OF_TIME
    for descendant in tree(process.pid):
        with suppress(psutil.NoSuchProcess):
            descendant.kill()


def rows_of(stage: Stage, result: StageResult) -> Iterator[Row]:
    """Every row of the stage: measured, skipped, out of time, or failed."""
    for name in stage.rows:
        rounds = result.rounds.get(name, [])
        if rounds:
            yield Row(stage.name, name, "measured", len(rounds), _medians(rounds))
        elif name in result.skipped:
            yield Row(stage.name, name, f"skipped: {result.skipped[name]}")
        else:
            yield Row(stage.name, name, result.end or OUT_OF_TIME)


def _medians(rounds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of numbers; of anything else the first."""
    medians: dict[str, Any] = {}
    for name, value in rounds[0].items():
        medians[name] = value
        if isinstance(value, float):
            medians[name] = statistics.median(
                figures[name] for figures in rounds if name in figures
            )
    return medians


def with_ratios(rows: Sequence[Row]) -> list[Row]:
    """Adds how many times as many rows a second ours does as each; 1.00 is ours itself."""
    speeds = {}
    for row in rows:
        speeds[row.stage, row.name] = row.figures.get("rows_per_second")
    compared = []
    for row in rows:
        peer = STAGES[row.stage].compared_with(row.name)
        ours, speed = (
            speeds.get((row.stage, peer or "")),
            row.figures.get("rows_per_second"),
        )
        ratio = {"ratio": ours / speed} if ours and speed else {}
        compared.append(replace(row, figures={**row.figures, **ratio}))
    return compared


def table(rows: Sequence[Row]) -> Iterator[str]:
    titles = [title for title, _ in _COLUMNS.values()]
    yield f"| stage | row | rounds | {' | '.join(titles)} | other |"
    yield "|" + "---|" * (len(titles) + 4)
    for row in rows:
        cells = [row.stage, row.name, str(row.rounds or "")]
        for name, (_, form) in _COLUMNS.items():
            cells.append(form.format(row.figures[name]) if name in row.figures else "")
        cells.append(_other(row))
        yield f"| {' | '.join(cells)} |"


def _other(row: Row) -> str:
    """Figures without a column of their own; of a row that was not measured, the reason."""
    if row.state != "measured":
        return row.state
    others = {
        name: value for name, value in row.figures.items() if name not in _COLUMNS
    }
    cells = []
    for name, value in others.items():
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        cells.append(f"{name.replace('_', ' ')} {text}")
    return ", ".join(cells)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument(
        "--rows", type=int, default=4000, help="to train on (default: 4,000)"
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="of each row (default: 3)"
    )
    parser.add_argument(
        "--minutes", type=float, default=MINUTES, help="of all stages (default: 8)"
    )
    parser.add_argument("--out", type=Path, help="folder for gpu.md and gpu.json")
    parser.add_argument(
        "--tiny", action="store_true", help="tiny models, to try the script itself"
    )
    parser.add_argument(
        "--stages",
        nargs="+",
        choices=STAGES,
        default=list(STAGES),
        help="(default: all); device is always among them",
    )
    return parser.parse_args(arguments)


def measure(arguments: argparse.Namespace, folder: Path) -> list[Row]:
    """Runs the stages one after the other; the first prepares what the others need."""
    options = Options(
        device=arguments.device,
        rows=arguments.rows,
        test_rows=min(TEST_ROWS, arguments.rows),
        rounds=arguments.rounds,
        tiny=arguments.tiny,
        folder=folder / "cases",
    )
    deadline = time.monotonic()
    rows: list[Row] = []
    failure = ""
    for name, stage in STAGES.items():
        if name not in (DEVICE_ROW, *arguments.stages):
            continue
        deadline += stage.seconds * arguments.minutes / MINUTES
        left = max(0.0, deadline - time.monotonic())
        result = StageResult(end=failure)
        if not failure:
            result = run_stage(stage, options, left, folder / f"{name}.log")
        if name == DEVICE_ROW:
            failure = result.end
        rows += rows_of(stage, result)
    return with_ratios(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parsed = parse_arguments(arguments)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-gpu-") as folder:
        rows = measure(parsed, Path(folder))
    lines = list(table(rows))
    print("", *lines, f"\n{time.monotonic() - started:.0f} s in all", sep="\n")
    if parsed.out:
        parsed.out.mkdir(parents=True, exist_ok=True)
        (parsed.out / "gpu.md").write_text("\n".join(lines) + "\n", "utf-8")
        documents = [asdict(row) for row in rows]
        (parsed.out / "gpu.json").write_text(json.dumps(documents, indent=2), "utf-8")
    return int(any(row.state.startswith("failed") for row in rows))


if __name__ == "__main__":
    sys.exit(main())
