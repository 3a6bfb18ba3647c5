"""A line a second on the training's progress, its history, and an error when it diverges."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from transformers import (
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from contracts.evaluation import HistoryPoint
from training.common.errors import DivergedError
from training.common.log import say_metrics

if TYPE_CHECKING:
    from torch.optim.lr_scheduler import LRScheduler

    from training.common.types import Tensor

REPORT_SECONDS = 1.0
MAX_POINTS = 500
"""Of the history; before it is thinned, twice as many training steps are kept."""
HISTORY_FIELDS = ("step", "epoch", "train_loss", "learning_rate")
EVALUATION_EXTRAS = (
    "runtime",
    "samples_per_second",
    "steps_per_second",
    "model_preparation_time",
)

LogEntry: TypeAlias = dict[str, float]


class Losses:
    """The mean loss since the last `take`, summed on the device so that no step waits for the number."""

    def __init__(self) -> None:
        self._sum: Tensor | float = 0.0
        self._count = 0

    def add(self, loss: Tensor) -> None:
        self._sum = self._sum + loss.detach()
        self._count += 1

    @property
    def pending(self) -> bool:
        return self._count > 0

    def take(self) -> float | None:
        """None without a loss. Raises `DivergedError` where the mean is not finite."""
        if not self._count:
            return None
        mean = float(self._sum) / self._count
        self._sum, self._count = 0.0, 0
        if not math.isfinite(mean):
            raise DivergedError(
                f"the training diverged: expected a finite loss; found {mean}. Lower learning_rate "
                "(a tenth of it is a good next try) or raise warmup_ratio."
            )
        return mean


class Progress(TrainerCallback):  # type: ignore[misc]
    """Prints `step`, `train_loss`, `rows_per_second`, `seconds_left`, … as metric lines."""

    def __init__(
        self,
        losses: Losses,
        rows_per_step: int,
        interval_seconds: float = REPORT_SECONDS,
    ) -> None:
        self._losses = losses
        self._rows_per_step = rows_per_step
        self._interval_seconds = interval_seconds
        self._started = self._reported = 0.0
        self._first_step = 0

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: object,
    ) -> None:
        self._started = self._reported = time.monotonic()
        self._first_step = state.global_step

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        lr_scheduler: LRScheduler,
        **_: object,
    ) -> None:
        now = time.monotonic()
        if (
            now - self._reported < self._interval_seconds
            and state.global_step < state.max_steps
        ):
            return
        self._reported = now
        self._report(state, now - self._started, float(lr_scheduler.get_last_lr()[0]))

    def on_train_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        lr_scheduler: LRScheduler,
        **_: object,
    ) -> None:
        """Reports the rest of a training that ended before its last step."""
        if self._losses.pending and state.global_step > self._first_step:
            self._report(
                state,
                time.monotonic() - self._started,
                float(lr_scheduler.get_last_lr()[0]),
            )

    def _report(
        self, state: TrainerState, elapsed_seconds: float, learning_rate: float
    ) -> None:
        loss = self._losses.take()
        done = state.global_step - self._first_step
        point: LogEntry = {"epoch": state.epoch}
        if loss is not None:
            point["train_loss"] = loss
        point["learning_rate"] = learning_rate
        remember(state.log_history, {"step": state.global_step, **point})
        say_metrics(
            step=state.global_step,
            total_steps=state.max_steps,
            **point,
            rows_per_second=done * self._rows_per_step / elapsed_seconds,
            seconds_left=(state.max_steps - state.global_step) * elapsed_seconds / done,
        )

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: Mapping[str, float],
        **_: object,
    ) -> None:
        say_metrics(
            **{
                name: value
                for name, value in metrics.items()
                if not name.endswith(EVALUATION_EXTRAS)
            }
        )


def remember(log: list[LogEntry], point: LogEntry) -> None:
    """Adds to the trainer's own log, which checkpoints hand on to a resumed job; it stays bounded."""
    log.append(point)
    reports = [index for index, entry in enumerate(log) if _is_report(entry)]
    if len(reports) > 2 * MAX_POINTS:
        for index in reversed(reports[1:-1:2]):
            del log[index]


def history(log: Sequence[Mapping[str, Any]]) -> tuple[HistoryPoint, ...]:
    """At most `MAX_POINTS` of the trainer's log, in order."""
    points = [
        _finite_fields(entry)
        for entry in log
        if "train_runtime" not in entry and "gain" not in entry
    ]
    evaluations = _thinned(
        [point for point in points if not _is_report(point)], MAX_POINTS // 2
    )
    reports = _thinned(
        [point for point in points if _is_report(point)], MAX_POINTS - len(evaluations)
    )
    chosen = sorted([*reports, *evaluations], key=lambda point: point["step"])
    return tuple(HistoryPoint.read(point) for point in chosen)


def _is_report(entry: Mapping[str, float]) -> bool:
    """Whether an entry is a training step's, not a validation's."""
    return "learning_rate" in entry


def _finite_fields(entry: Mapping[str, float]) -> LogEntry:
    point = {}
    for name, value in entry.items():
        is_in_history = name in HISTORY_FIELDS or name.startswith("eval_")
        if (
            is_in_history
            and not name.endswith(EVALUATION_EXTRAS)
            and math.isfinite(value)
        ):
            point[name] = value
    return point


def _thinned(points: list[LogEntry], most: int) -> list[LogEntry]:
    """Evenly spread, with the first and the last."""
    if len(points) <= most:
        return points
    return [
        points[round(index * (len(points) - 1) / (most - 1))] for index in range(most)
    ]
