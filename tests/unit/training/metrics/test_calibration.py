from __future__ import annotations

import numpy as np
import pytest

from training.metrics.calibration import calibration


def test_a_model_that_is_right_as_often_as_it_says_has_no_error() -> None:
    confidence, right = (
        np.array([0.75] * 4 + [0.55] * 20),
        np.array([1, 1, 1, 0] + [1] * 11 + [0] * 9),
    )
    result = calibration(confidence, right)
    assert result.ece == pytest.approx(0.0)
    assert result.brier is None


def test_the_error_is_the_mean_distance_of_confidence_and_accuracy() -> None:
    result = calibration(
        np.array([0.95, 0.95, 0.55, 0.55]), np.array([1, 0, 0, 0]), 0.4
    )
    assert result.ece == pytest.approx((0.45 + 0.55) / 2)
    assert result.brier == 0.4


def test_ten_bins_of_equal_width_hold_certainty_too() -> None:
    bins = calibration(np.array([1.0, 0.9, 0.0]), np.array([1, 1, 0])).bins
    assert [(item.low, item.high, item.rows) for item in bins] == [
        (0.0, 0.1, 1),
        *((n / 10, (n + 1) / 10, 0) for n in range(1, 8)),
        (0.8, 0.9, 1),
        (0.9, 1.0, 1),
    ]
    assert (bins[9].confidence, bins[9].accuracy) == (1.0, 1.0)
    assert (bins[4].confidence, bins[4].accuracy) == (None, None)
