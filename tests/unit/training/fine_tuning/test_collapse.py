"""When a training counts as collapsed, and what one answer for every row costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from training.fine_tuning.collapse import (
    ConstantAnswer,
    Gains,
    Window,
    is_high,
    why_collapsed,
)

LOST = "lost what it had learnt"
WORSE = "became worse than one answer for every row"
NOTHING = "learnt no more than one answer for every row"

HEALTHY = [(-0.5, 0.1), (0.02, 0.02), (0.1, 0.02), (0.2, 0.02), *[(0.25, 0.02)] * 6]
SLOW = [
    (-0.4, 0.1),
    (-0.2, 0.03),
    (-0.1, 0.03),
    (-0.03, 0.03),
    (0.02, 0.005),
    *[(0.06, 0.01)] * 5,
]
NOISY = [
    (-0.4, 0.1),
    (0.2, 0.05),
    (0.05, 0.06),
    (0.22, 0.05),
    (0.04, 0.05),
    *[(0.2, 0.05)] * 5,
]
MEASURED_AT_2E_3 = [
    (-0.380, 0.136),
    (-0.007, 0.041),
    (0.014, 0.030),
    (0.069, 0.011),
    (-0.016, 0.054),
    (-0.111, 0.099),
    (-0.106, 0.088),
    (0.004, 0.004),
    (-0.009, 0.008),
    (-0.008, 0.008),
]
"""Proper names in 1,000 sentences, a BERT of six layers at 2e-3: F1 0.000."""
MEASURED_AT_5E_3 = [
    (-0.360, 0.135),
    (-0.957, 0.416),
    (-0.037, 0.022),
    (-0.015, 0.007),
    (-0.018, 0.010),
    (-0.007, 0.003),
    (-0.005, 0.002),
    (0.001, 0.003),
    (-0.006, 0.006),
    (-0.006, 0.005),
]
"""The same at 5e-3."""


def first_verdict(
    windows: Sequence[tuple[float, float]], *, high_rate: bool = True
) -> tuple[int, str] | None:
    """The number of the window after which the training is stopped, from 1, and why."""
    watched = [Window(gain, error) for gain, error in windows]
    for number in range(1, len(watched) + 1):
        reason = why_collapsed(watched[:number], high_rate=high_rate)
        if reason:
            return number, reason
    return None


@pytest.mark.parametrize(
    "windows", [HEALTHY, SLOW, NOISY], ids=["healthy", "slow", "noisy"]
)
def test_a_training_that_learns_is_left_alone(
    windows: Sequence[tuple[float, float]],
) -> None:
    assert first_verdict(windows) is None


@pytest.mark.parametrize(
    ("windows", "verdict"),
    [
        (MEASURED_AT_2E_3, (6, LOST)),
        (MEASURED_AT_5E_3, (5, NOTHING)),
        ([*HEALTHY[:8], (0.01, 0.02), (0.0, 0.02)], (10, LOST)),
        ([(-0.5, 0.1), (0.01, 0.01), (-0.4, 0.05), (-0.9, 0.05)], (3, WORSE)),
        ([(0.0, 0.01)] * 10, (5, NOTHING)),
        ([(-0.6, 0.1), *[(-0.1 + 0.02 * i, 0.001) for i in range(5)], *[(0, 0.1)] * 4], (10, NOTHING)),
    ],
    ids=["2e-3", "5e-3", "lost at the end", "worse", "random labels", "late"],
)  # fmt: skip
def test_a_collapse_is_seen(
    windows: Sequence[tuple[float, float]], verdict: tuple[int, str]
) -> None:
    assert first_verdict(windows) == verdict


def test_one_window_is_not_enough() -> None:
    assert why_collapsed([Window(-3.0, 0.1)], high_rate=True) is None


def test_a_slow_training_at_a_low_rate_is_not_slowed_down() -> None:
    assert first_verdict(MEASURED_AT_5E_3, high_rate=False) is None
    assert first_verdict(MEASURED_AT_2E_3, high_rate=False) == (6, LOST)


@pytest.mark.parametrize(
    ("rate", "width", "expected"),
    [
        (1e-4, 384, False),
        (3e-4, 384, True),
        (1e-4, 1024, True),
        (3e-5, 1024, False),
        (6e-5, 0, True),
    ],
)
def test_a_wide_model_bears_lower_rates(
    rate: float, width: int, expected: bool
) -> None:
    model: Any = SimpleNamespace(
        config=SimpleNamespace(hidden_size=width) if width else None
    )
    assert is_high(rate, model) is expected


def test_few_steps_say_nothing() -> None:
    assert Window.of(0.4, 0.16, 1) == Window(0.4, math.inf)
    assert not Window.of(0.4, 0.16, 1).is_clear


@pytest.mark.parametrize("classes", [[0, 0, 0, 1], [2, 1, 2, 2, 0, 2]])
def test_one_class_for_every_row_costs_the_entropy_of_the_classes(
    classes: list[int],
) -> None:
    labels = torch.tensor(classes)
    shares = torch.bincount(labels) / len(labels)
    expected = torch.nn.functional.cross_entropy(
        shares.log().expand(len(labels), -1), labels
    )
    assert ConstantAnswer(np.array(classes)).loss(labels).item() == pytest.approx(
        expected.item(), abs=1e-6
    )


def test_tags_that_do_not_count_are_left_out() -> None:
    constant = ConstantAnswer(np.array([-100, 0, 0, 1, -100]))
    batch = torch.tensor([[-100, 0, -100], [-100, 0, 1]])
    assert constant.loss(batch).item() == pytest.approx(
        -(2 * math.log(2 / 3) + math.log(1 / 3)) / 3, abs=1e-6
    )


def test_several_labels_cost_their_binary_entropies() -> None:
    flags = [np.array([1, 0], np.float32), np.array([1, 1], np.float32)]
    expected = (0 + math.log(2)) / 2
    loss = ConstantAnswer(np.array(flags)).loss(torch.tensor(np.array(flags)))
    assert loss.item() == pytest.approx(expected, abs=1e-4)


def test_numbers_cost_their_variance() -> None:
    scores = [1.0, 2.0, 6.0]
    assert ConstantAnswer(np.array(scores)).loss(
        torch.tensor(scores)
    ).item() == pytest.approx(14 / 3)


def test_batches_of_one_step_count_as_one() -> None:
    gains = Gains(ConstantAnswer(np.array([0, 1])))
    for losses in ((0.1, 0.3), (0.4, 0.4), *[(0.3, 0.3)] * 8):
        for loss in losses:
            gains.add(torch.tensor(loss), torch.tensor([0, 1]))
        gains.end_step()
    window = gains.take(world_size=1)
    values = math.log(2) - np.array([0.2, 0.4, *[0.3] * 8])
    assert window.gain == pytest.approx(values.mean(), abs=1e-6)
    assert window.error == pytest.approx(values.std() / 3, abs=1e-6)
