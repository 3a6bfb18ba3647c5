from __future__ import annotations

import time

import numpy as np
import pytest

from training.metrics.bootstrap import (
    MAX_UNITS,
    RESAMPLES,
    interval,
    intervals,
    resample,
)
from training.metrics.sums import MetricSums, classification_sums, mean_sums


def answers(rows: int, share: float, seed: int) -> MetricSums:
    draw = np.random.default_rng(seed)
    gold = draw.integers(4, size=rows)
    return classification_sums(
        gold, np.where(draw.random(rows) < share, gold, (gold + 1) % 4)
    )


def test_an_interval_is_as_wide_as_the_binomial_says() -> None:
    rows, share = 2000, 0.8
    low, high = interval(
        resample({"model": answers(rows, share, 1)}, rows)["model"]["accuracy"]
    )
    expected = 2 * 1.96 * np.sqrt(share * (1 - share) / rows)
    assert high - low == pytest.approx(expected, rel=0.1)


def test_a_resample_is_the_metric_of_the_rows_drawn() -> None:
    gold, text = np.array([0, 1, 2, 2, 1, 0]), np.array([0, 1, 1, 2, 1, 2])
    draws = np.array([[0, 2, 1, 3, 0, 0]])
    chosen = np.repeat(np.arange(6), draws[0])
    drawn = classification_sums(gold, text).resampled(draws.astype(np.float64))
    expected = classification_sums(gold[chosen], text[chosen]).metrics()
    assert {name: float(values[0]) for name, values in drawn.items()} == pytest.approx(
        expected
    )


def test_a_difference_is_paired_so_that_it_is_surer_than_two_intervals() -> None:
    right = (np.random.default_rng(0).random(1000) < 0.7).astype(np.float64)
    better = right.copy()
    better[np.flatnonzero(right == 0)[:20]] = 1
    result = intervals(
        {
            "model": mean_sums({"accuracy": better}),
            "champion": mean_sums({"accuracy": right}),
        },
        1000,
        "accuracy",
    )
    low, high = result.difference.champion or (0.0, 0.0)
    assert 0 < low < 0.02 < high
    assert result.champion is not None
    assert result.model["accuracy"][0] < result.champion["accuracy"][1], (
        "side by side they cannot be told apart"
    )


def test_a_model_that_is_not_there_has_no_interval() -> None:
    result = intervals(
        {"model": answers(50, 0.9, 1), "reference": None}, 50, "accuracy"
    )
    assert (result.reference, result.difference.reference) == (None, None)


def test_the_same_rows_give_the_same_interval() -> None:
    one, other = (
        intervals({"model": answers(300, 0.9, 1)}, 300, "accuracy") for _ in range(2)
    )
    assert one == other


def test_many_rows_are_drawn_in_groups_and_vary_as_rows_do() -> None:
    rows = 10 * MAX_UNITS
    values = resample({"model": answers(rows, 0.8, 1)}, rows)["model"]["accuracy"]
    assert len(values) == RESAMPLES
    assert values.std() == pytest.approx(np.sqrt(0.8 * 0.2 / rows), rel=0.15)


def test_twenty_thousand_rows_of_three_models_take_about_a_second() -> None:
    tallies = {
        name: answers(20_000, share, 1)
        for name, share in (("model", 0.8), ("trivial", 0.3), ("champion", 0.7))
    }
    began = time.process_time()
    intervals(tallies, 20_000, "accuracy")
    assert time.process_time() - began < 5, (
        "of a processor, on a machine that does other things too"
    )
