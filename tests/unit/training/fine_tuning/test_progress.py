from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from contracts.metric_lines import metric_definitions
from training.common.errors import DivergedError
from training.fine_tuning.progress import (
    MAX_POINTS,
    Losses,
    Progress,
    history,
    remember,
)


def report(step: int, loss: float = 0.5) -> dict[str, Any]:
    return {"step": step, "epoch": step / 10, "train_loss": loss, "learning_rate": 1e-4}


def test_the_history_has_what_was_reported_and_evaluated_in_order() -> None:
    evaluated = {
        "eval_loss": 0.4,
        "eval_accuracy": 0.9,
        "eval_runtime": 1.2,
        "eval_samples_per_second": 8.0,
    }
    ended = {
        "train_runtime": 9.0,
        "train_loss": 0.3,
        "total_flos": 1.0,
        "step": 20,
        "epoch": 2.0,
    }
    log = [report(10), {**evaluated, "step": 10, "epoch": 1.0}, report(20), ended]
    assert [point.write() for point in history(log)] == [
        report(10),
        {"eval_loss": 0.4, "eval_accuracy": 0.9, "step": 10, "epoch": 1.0},
        report(20),
    ]


def test_what_is_no_number_is_left_out() -> None:
    (point,) = history(
        [{"step": 1, "epoch": 0.1, "eval_pearson": math.nan, "eval_loss": math.inf}]
    )
    assert point.write() == {"step": 1, "epoch": 0.1}


def test_a_long_history_is_thinned_evenly() -> None:
    evaluations = [
        {"step": step, "epoch": 0.0, "eval_loss": 1.0} for step in range(0, 4000, 10)
    ]
    result = history([*map(report, range(4000)), *evaluations])
    steps = [point.step for point in result]
    assert len(result) == MAX_POINTS
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0, 3999)
    assert (
        len([point for point in result if "eval_loss" in point.extra])
        == MAX_POINTS // 2
    )


def test_what_is_remembered_of_a_month_fits_into_a_checkpoint() -> None:
    log: list[dict[str, Any]] = [{"step": 1, "epoch": 0.0, "eval_loss": 1.0}]
    for step in range(1, 20_000):
        remember(log, report(step))
    assert MAX_POINTS <= len(log) <= 2 * MAX_POINTS + 1
    assert log[0]["eval_loss"] == 1.0
    assert (log[1]["step"], log[-1]["step"]) == (1, 19_999)


def test_the_loss_is_the_mean_since_the_last_report() -> None:
    losses = Losses()
    losses.add(torch.tensor(1.0))
    losses.add(torch.tensor(2.0))
    assert losses.take() == 1.5
    assert losses.take() is None


def test_a_loss_that_is_no_number_stops_the_job() -> None:
    losses = Losses()
    losses.add(torch.tensor(float("nan")))
    with pytest.raises(DivergedError) as raised:
        losses.take()
    assert str(raised.value) == (
        "the training diverged: expected a finite loss; found nan. Lower learning_rate (a tenth of it is a good next "
        "try) or raise warmup_ratio."
    )


def test_progress_prints_every_name_of_the_task(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from tasks import get_task  # noqa: PLC0415

    losses = Losses()
    progress = Progress(losses, rows_per_step=32, interval_seconds=0)
    state = SimpleNamespace(global_step=0, max_steps=10, epoch=0.5, log_history=[])
    scheduler: Any = SimpleNamespace(get_last_lr=lambda: [1e-4])
    progress.on_train_begin(None, state, None)
    losses.add(torch.tensor(0.25))
    state.global_step = 5
    progress.on_step_end(None, state, None, lr_scheduler=scheduler)
    line = capsys.readouterr().out.strip()
    names = get_task("text-classification").progress
    assert [piece.partition("=")[0] for piece in line.split()[1:]] == list(names)
    assert len(metric_definitions(names)) == len(names)
    assert state.log_history == [
        {"step": 5, "epoch": 0.5, "train_loss": 0.25, "learning_rate": 1e-4}
    ]
