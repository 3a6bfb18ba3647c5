"""How a run is shown while it is followed: drawn in place on a terminal, elsewhere one line a change."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from rich.console import RenderableType
from rich.spinner import Spinner

from contracts.run_record import RunRecord, RunStatus, Training
from localcloud.display import (
    estimate_text,
    progress_text,
    run_view,
    seconds_text,
    step_seconds,
    training_text,
)

PROGRESS_SECONDS = 5.0
"""On a plain terminal, progress within one state is written at most this often."""


class PlainView:
    """One line a change: a new state, or training progress at most every `PROGRESS_SECONDS`."""

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write, self._clock = write, clock
        self._written_steps = 0
        self._last_state: tuple[object, ...] = ()
        self._last_progress = ""
        self._last_estimate = ""
        self._written_at = float("-inf")

    def show(self, record: RunRecord) -> None:
        steps = step_seconds(record)
        for index in range(self._written_steps, len(steps)):
            self._write_step(record.run, steps, index)
        self._written_steps = max(self._written_steps, len(steps))
        self._show_estimate(estimate_text(record))
        if record.status is RunStatus.TRAINING and record.training:
            self._show_progress(record.training, training_text(record))

    def _write_step(self, run: str, steps: list[tuple[str, float]], index: int) -> None:
        name, _ = steps[index]
        line = f"{run}: {name}"
        if index > 0:
            previous, seconds = steps[index - 1]
            line += f" ({previous} took {seconds_text(seconds)})"
        self._write(line)

    def _show_estimate(self, text: str) -> None:
        if text and text != self._last_estimate:
            self._last_estimate = text
            self._write(f"  {text}")

    def _show_progress(self, training: Training, text: str) -> None:
        """A new phase or evaluation is written at once, other progress after some time."""
        evaluation = [
            (name, value)
            for name, value in training.metrics.items()
            if name.startswith("eval_")
        ]
        state = (training.phase, frozenset(evaluation))
        progress = progress_text(training.metrics)
        has_changed = (state, progress) != (self._last_state, self._last_progress)
        is_due = (
            state != self._last_state
            or self._clock() - self._written_at >= PROGRESS_SECONDS
        )
        if has_changed and is_due and text:
            self._last_state, self._last_progress = state, progress
            self._written_at = self._clock()
            self._write(f"  {text}")


class LiveView:
    """The run as it stands, drawn anew in place."""

    def __init__(self) -> None:
        self._record: RunRecord | None = None
        self._spinner = Spinner("dots", style="cyan")

    def show(self, record: RunRecord) -> None:
        self._record = record

    def __rich__(self) -> RenderableType:
        if self._record is None:
            return ""
        return run_view(self._record, datetime.now(UTC), self._spinner)
