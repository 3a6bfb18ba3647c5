from __future__ import annotations

import math
from typing import Any

from training.fine_tuning.progress import POINTS, history, remember


def report(step: int, loss: float = 0.5) -> dict[str, Any]:
    return {"step": step, "epoch": step / 10, "train_loss": loss, "learning_rate": 1e-4}


def test_the_history_has_what_was_reported_and_evaluated_in_order() -> None:
    evaluated = {"eval_loss": 0.4, "eval_accuracy": 0.9, "eval_runtime": 1.2, "eval_samples_per_second": 8.0}
    ended = {"train_runtime": 9.0, "train_loss": 0.3, "total_flos": 1.0, "step": 20, "epoch": 2.0}
    log = [report(10), {**evaluated, "step": 10, "epoch": 1.0}, report(20), ended]
    assert history(log) == [
        report(10),
        {"eval_loss": 0.4, "eval_accuracy": 0.9, "step": 10, "epoch": 1.0},
        report(20),
    ]


def test_what_is_no_number_is_left_out() -> None:
    assert history([{"step": 1, "epoch": 0.1, "eval_pearson": math.nan, "eval_loss": math.inf}]) == [
        {"step": 1, "epoch": 0.1}
    ]


def test_a_long_history_is_thinned_evenly() -> None:
    evaluations = [{"step": step, "epoch": 0.0, "eval_loss": 1.0} for step in range(0, 4000, 10)]
    found = history([*map(report, range(4000)), *evaluations])
    steps = [point["step"] for point in found]
    assert len(found) == POINTS
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0, 3999)
    assert len([point for point in found if "eval_loss" in point]) == POINTS // 2


def test_what_is_remembered_of_a_month_fits_into_a_checkpoint() -> None:
    log: list[dict[str, Any]] = [{"step": 1, "epoch": 0.0, "eval_loss": 1.0}]
    for step in range(1, 20_000):
        remember(log, report(step))
    assert POINTS <= len(log) <= 2 * POINTS + 1
    assert log[0]["eval_loss"] == 1.0
    assert (log[1]["step"], log[-1]["step"]) == (1, 19_999)
