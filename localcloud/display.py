"""How runs look on a terminal. Nothing here sends a request or waits: it formats records of `GET /runs/{run}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from contracts.run_record import IN_PROGRESS, RELEASED, Metrics, RunRecord, RunStatus

GOOD_ENDINGS = RELEASED | {RunStatus.KEPT_BACK}
_PLAIN_WIDTH = 120
_SHOWN_METRICS = 3


def console(stderr: bool = False) -> Console:
    """As wide as the terminal; where there is none, wide enough for a line not to break."""
    screen = Console(stderr=stderr, highlight=False)
    if screen.is_terminal:
        return screen
    return Console(stderr=stderr, highlight=False, width=_PLAIN_WIDTH)


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


def parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


# ---- the states of a run -------------------------------------------------------------------------------------------


def step_seconds(
    record: RunRecord, now: datetime | None = None
) -> list[tuple[str, float]]:
    """Every state a run was in and for how long.

    The last state lasts until the run ended or, while it runs, until `now`.
    """
    starts = [parse_time(step.at) for step in record.steps]
    ends = [*starts[1:], _last_time(record, now)]
    durations = []
    for step, start, end in zip(record.steps, starts, ends, strict=False):
        seconds = (end - start).total_seconds()
        durations.append((step.step, max(0.0, seconds)))
    return durations


def _last_time(record: RunRecord, now: datetime | None) -> datetime:
    if record.is_in_progress:
        return now or datetime.now(UTC)
    return parse_time(record.ended_at or record.updated_at)


# ---- the training job ----------------------------------------------------------------------------------------------


def progress_text(metrics: Metrics) -> str:
    """`step 40/200, epoch 0.40, loss 0.512, accuracy 0.781, 310 rows/s, 25 s left`, of what is known."""
    numbers = {name: value for name, value in metrics.items() if value is not None}
    return ", ".join(_progress_texts(numbers))


def _progress_texts(metrics: Mapping[str, float]) -> list[str]:
    texts = []
    if "step" in metrics:
        total = f"/{metrics['total_steps']:.0f}" if "total_steps" in metrics else ""
        texts.append(f"step {metrics['step']:.0f}{total}")
    if "epoch" in metrics:
        texts.append(f"epoch {metrics['epoch']:.2f}")
    loss = metrics.get("loss", metrics.get("train_loss"))
    if loss is not None:
        texts.append(f"loss {loss:.3f}")
    texts += _evaluation_texts(metrics)
    if "rows_per_second" in metrics:
        texts.append(f"{metrics['rows_per_second']:.0f} rows/s")
    if metrics.get("seconds_left"):
        texts.append(f"{seconds_text(metrics['seconds_left'])} left")
    return texts


def _evaluation_texts(metrics: Mapping[str, float]) -> list[str]:
    texts = []
    for name, value in metrics.items():
        if name.startswith("eval_"):
            title = name.removeprefix("eval_").replace("_", " ")
            texts.append(f"{title} {value:.3f}")
    return texts[:_SHOWN_METRICS]


def training_text(record: RunRecord) -> str:
    """What the job is doing: its phase, how often spot took its machine away, its metrics where it printed any."""
    training = record.training
    progress = progress_text(training.metrics)
    phase = training.phase or ""
    times = training.interruptions
    if times:
        interrupted = f"interrupted {times} time{'s' if times > 1 else ''}"
        phase = f"{phase}, {interrupted}" if phase else interrupted
    if phase and progress:
        return f"{phase}: {progress}"
    return phase or progress


def estimate_text(record: RunRecord) -> str:
    """What the run is expected to cost on AWS; empty until that is known."""
    estimate = record.estimate
    return f"estimated at AWS's prices: {estimate.sentence}" if estimate else ""


# ---- why a run ended -----------------------------------------------------------------------------------------------


def verdict_lines(record: RunRecord) -> list[str]:
    """Why a run ended as it did, for a person."""
    lines = [f"warning: {warning}" for warning in record.warnings or ()]
    lines += [problem.message for problem in record.problems]
    hidden = (record.problem_count or 0) - len(record.problems)
    if hidden > 0:
        lines.append(f"and {hidden:,} more like these")
    if record.evaluation:
        lines += [record.evaluation.sentence] if record.evaluation.sentence else []
        lines += record.evaluation.reasons
        lines += [f"next: {step}" for step in record.evaluation.next_steps]
    if record.approval and record.waits_for_approval:
        lines.append(
            f"waits for approval until {record.approval.until}: POST /runs/{record.run}/approve, or …/reject"
        )
    if record.failure:
        lines += [f"| {line}" for line in record.failure.log_tail]
        lines.append(f"in {record.failure.step}: {record.failure.cause}")
        lines.append(f"do this: {record.failure.remedy}")
    return lines


# ---- pictures ------------------------------------------------------------------------------------------------------


def run_view(
    record: RunRecord, now: datetime | None = None, running_mark: RenderableType = "…"
) -> RenderableType:
    """The live picture of one run: its states with their durations, and the job's progress under the one it is in."""
    has_ended = not record.is_in_progress
    rows = Table.grid(padding=(0, 2))
    steps = step_seconds(record, now)
    for index, (step, seconds) in enumerate(steps):
        is_last = index == len(steps) - 1
        mark = running_mark if is_last and not has_ended else _mark(step, is_last)
        duration = "" if is_last and has_ended else seconds_text(seconds)
        progress = training_text(record) if step == "training" else ""
        name = Text(step, style="bold" if is_last else "")
        rows.add_row(mark, name, Text(duration, style="cyan"), Text(progress))
    title = Text(f"run {record.run} of model {record.model}", style="bold")
    estimate = [Text(text, style="dim")] if (text := estimate_text(record)) else []
    return Group(title, *estimate, rows)


def _mark(step: str, is_last: bool) -> Text:
    is_bad_ending = is_last and step not in IN_PROGRESS | GOOD_ENDINGS
    return Text("x", style="red") if is_bad_ending else Text("✓", style="green")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """The first column left, every other column right. Cells are shown as they are, without markup."""
    shown = Table(
        title=Text(title, style="bold"),
        box=box.SIMPLE_HEAD,
        title_justify="left",
        pad_edge=False,
    )
    for index, column in enumerate(columns):
        shown.add_column(column, justify="left" if index == 0 else "right")
    for row in rows:
        shown.add_row(*map(escape, row))
    return shown
