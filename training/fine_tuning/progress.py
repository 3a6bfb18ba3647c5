"""A line a second on what the training does, its history, and the alarm when it goes wrong."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from transformers import TrainerCallback

from training.errors import DivergedError
from training.log import say_metrics

INTERVAL = 1.0
POINTS = 500
"""Of the history; before it is thinned, twice as many are kept of the training steps."""
EVALUATION_EXTRAS = ("runtime", "samples_per_second", "steps_per_second", "model_preparation_time")


class Losses:
    """The mean loss since it was last asked for, summed on the device so that no step waits for the number."""

    def __init__(self) -> None:
        self._sum: Any = 0.0
        self._count = 0

    def add(self, loss: Any) -> None:
        self._sum = self._sum + loss.detach()
        self._count += 1

    @property
    def pending(self) -> bool:
        return self._count > 0

    def take(self) -> float | None:
        """None if there was none. Raises `DivergedError` if it is not finite."""
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

    def __init__(self, losses: Losses, rows_a_step: int, interval: float = INTERVAL) -> None:
        self._losses = losses
        self._rows_a_step = rows_a_step
        self._interval = interval
        self._began = self._reported = self._elapsed = 0.0
        self._first_step = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._began = self._reported = time.monotonic()
        self._first_step = state.global_step

    def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        now = time.monotonic()
        if now - self._reported < self._interval and state.global_step < state.max_steps:
            return
        self._reported = now
        self._report(state, now - self._began, more["lr_scheduler"].get_last_lr()[0])

    def on_train_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        """What was not told yet, of a training that ended before its last step."""
        if self._losses.pending and state.global_step > self._first_step:
            self._report(state, time.monotonic() - self._began, more["lr_scheduler"].get_last_lr()[0])

    def _report(self, state: Any, elapsed: float, learning_rate: float) -> None:
        loss = self._losses.take()
        done = state.global_step - self._first_step
        point = {"epoch": state.epoch, **({} if loss is None else {"train_loss": loss}), "learning_rate": learning_rate}
        remember(state.log_history, {"step": state.global_step, **point})
        say_metrics(
            step=state.global_step,
            total_steps=state.max_steps,
            **point,
            rows_per_second=done * self._rows_a_step / elapsed,
            seconds_left=(state.max_steps - state.global_step) * elapsed / done,
        )

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, float], **_: Any) -> None:
        say_metrics(**{name: value for name, value in metrics.items() if not name.endswith(EVALUATION_EXTRAS)})


def remember(log: list[dict[str, Any]], point: dict[str, Any]) -> None:
    """Adds to the trainer's own log, which checkpoints carry on to a resumed job; it stays bounded however long."""
    log.append(point)
    reports = [index for index, each in enumerate(log) if "learning_rate" in each]
    if len(reports) > 2 * POINTS:
        for index in reversed(reports[1:-1:2]):
            del log[index]


def history(log: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`history` of `evaluation.json`: at most `POINTS`, in order, each of what was known after a step."""
    points = [_point(each) for each in log if "train_runtime" not in each]
    reports, evaluations = ([p for p in points if ("learning_rate" in p) is kind] for kind in (True, False))
    kept = _thinned(evaluations, POINTS // 2)
    return sorted([*_thinned(reports, POINTS - len(kept)), *kept], key=lambda point: point["step"])


def _point(entry: Mapping[str, Any]) -> dict[str, Any]:
    names = ("step", "epoch", "train_loss", "learning_rate")
    return {
        name: value
        for name, value in entry.items()
        if (name in names or name.startswith("eval_")) and not name.endswith(EVALUATION_EXTRAS) and math.isfinite(value)
    }


def _thinned(points: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Evenly spread, the first and the last among them."""
    if len(points) <= most:
        return points
    return [points[round(index * (len(points) - 1) / (most - 1))] for index in range(most)]
