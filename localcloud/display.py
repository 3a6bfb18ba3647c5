"""How runs look on a terminal; nothing here asks or waits, it only formats records of `GET /runs/{run}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from contracts.run_record import IN_PROGRESS, RELEASED, RunStatus

Record = Mapping[str, Any]

ENDED = frozenset(RunStatus) - IN_PROGRESS
GOOD = RELEASED | {RunStatus.KEPT_CHAMPION}
_PLAIN_WIDTH = 120
_METRICS_SHOWN = 3


def console(stderr: bool = False) -> Console:
    """As wide as the terminal; where there is none, wide enough for a line not to break."""
    made = Console(stderr=stderr, highlight=False)
    return made if made.is_terminal else Console(stderr=stderr, highlight=False, width=_PLAIN_WIDTH)


def seconds_text(seconds: float) -> str:
    """`4.2 s`, `75 s`, `2 min 05 s`, `3 h 20 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 120:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def step_seconds(record: Record, now: datetime | None = None) -> list[tuple[str, float]]:
    """Every state a run was in and for how long; the last one until it ended or, while it runs, until `now`."""
    steps = record.get("steps", [])
    times = [moment(step["at"]) for step in steps]
    running = record["status"] not in ENDED
    last = (now or datetime.now(UTC)) if running else moment(record.get("ended_at", record["updated_at"]))
    durations = [(end - start).total_seconds() for start, end in zip(times, [*times[1:], last], strict=False)]
    return [(step["step"], max(0.0, seconds)) for step, seconds in zip(steps, durations, strict=True)]


def progress_text(metrics: Mapping[str, float]) -> str:
    """`step 40/200, epoch 0.40, loss 0.512, accuracy 0.781, 310 rows/s, 25 s left`, of what is known."""
    parts = []
    if "step" in metrics:
        total = f"/{metrics['total_steps']:.0f}" if "total_steps" in metrics else ""
        parts.append(f"step {metrics['step']:.0f}{total}")
    if "epoch" in metrics:
        parts.append(f"epoch {metrics['epoch']:.2f}")
    loss = metrics.get("loss", metrics.get("train_loss"))
    if loss is not None:
        parts.append(f"loss {loss:.3f}")
    judged = [(name.removeprefix("eval_"), value) for name, value in metrics.items() if name.startswith("eval_")]
    parts += [f"{name.replace('_', ' ')} {value:.3f}" for name, value in judged[:_METRICS_SHOWN]]
    if "rows_per_second" in metrics:
        parts.append(f"{metrics['rows_per_second']:.0f} rows/s")
    if metrics.get("seconds_left"):
        parts.append(f"{seconds_text(metrics['seconds_left'])} left")
    return ", ".join(parts)


def training_text(record: Record) -> str:
    """What the job is doing: its phase, how often spot took its machine away, its metrics where it printed any."""
    training = record.get("training") or {}
    progress = progress_text(training.get("metrics") or {})
    phase = str(training.get("phase") or "")
    if times := training.get("interruptions"):
        phase = f"{phase}, interrupted {times} time{'s' if times > 1 else ''}".removeprefix(", ")
    return f"{phase}: {progress}" if phase and progress else phase or progress


def problem_text(problem: Record) -> str:
    """One reason a drop was rejected: where, expected, found, remedy."""
    where = [str(problem["file"])] if problem.get("file") else []
    where += [f"row {problem['row']}"] if problem.get("row") else []
    where += [f"column {problem['column']!r}"] if problem.get("column") else []
    place = f"{', '.join(where)}: " if where else ""
    remedy = f" {problem['remedy']}" if problem.get("remedy") else ""
    return f"{place}expected {problem.get('expected')}; found {problem.get('found')}.{remedy}"


def verdict_lines(record: Record) -> list[str]:
    """Why a run ended as it did, for a person."""
    lines = [f"warning: {warning}" for warning in record.get("warnings", [])]
    lines += [problem_text(problem) for problem in record.get("problems", [])]
    more = record.get("problem_count", 0) - len(record.get("problems", []))
    lines += [f"and {more:,} more like these"] if more > 0 else []
    lines += record.get("evaluation", {}).get("reasons", [])
    if failure := record.get("failure"):
        lines += [f"| {line}" for line in failure.get("log_tail", [])]
        lines += [f"in {failure.get('step')}: {failure.get('cause')}", f"do this: {failure.get('remedy')}"]
    return lines


def run_view(record: Record, now: datetime | None = None, running_mark: RenderableType = "…") -> RenderableType:
    """The live picture of one run: its states with their durations, and the job's progress under the one it is in."""
    ended = record["status"] in ENDED
    rows = Table.grid(padding=(0, 2))
    steps = step_seconds(record, now)
    for index, (step, seconds) in enumerate(steps):
        current = index == len(steps) - 1
        mark = running_mark if current and not ended else _mark(step, current)
        detail = training_text(record) if step == "training" else ""
        time = "" if current and ended else seconds_text(seconds)
        rows.add_row(mark, Text(step, style="bold" if current else ""), Text(time, style="cyan"), Text(detail))
    return Group(Text(f"run {record['run']} of model {record['model']}", style="bold"), rows)


def _mark(step: str, current: bool) -> Text:
    bad = current and step in ENDED - GOOD
    return Text("x", style="red") if bad else Text("✓", style="green")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Text left, every other column right; cells are taken as they are."""
    made = Table(title=Text(title, style="bold"), box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for index, column in enumerate(columns):
        made.add_column(column, justify="left" if index == 0 else "right")
    for row in rows:
        made.add_row(*(escape(cell) for cell in row))
    return made
