from __future__ import annotations

import numpy as np

from training.metrics.label_errors import LabelError, likely_label_errors


def test_a_row_that_is_sure_of_another_class_is_likely_mislabelled() -> None:
    probabilities = np.array(
        [[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.05, 0.95], [0.45, 0.55]]
    )
    labels = np.array([0, 0, 1, 1, 0, 0])
    (error,) = likely_label_errors(probabilities, labels)
    assert (error.row, error.label, error.suggested) == (4, 0, 1)
    assert round(error.score, 2) == -0.9


def test_a_class_that_is_always_unsure_has_a_low_threshold() -> None:
    """The mean over its own rows, so that a rare class is not suspected as a whole."""
    probabilities = np.array([[0.95, 0.05]] * 8 + [[0.7, 0.3]] * 3)
    labels = np.array([0] * 8 + [1] * 3)
    assert likely_label_errors(probabilities, labels) == []


def test_the_likeliest_come_first() -> None:
    probabilities = np.array(
        [[0.9, 0.1]] * 9 + [[0.1, 0.9]] * 9 + [[0.05, 0.95], [0.02, 0.98]]
    )
    labels = np.array([0] * 9 + [1] * 9 + [0, 0])
    assert [error.row for error in likely_label_errors(probabilities, labels)] == [
        19,
        18,
    ]


def test_a_class_without_rows_is_never_suggested() -> None:
    errors = likely_label_errors(np.array([[0.1, 0.2, 0.7]] * 3), np.array([0, 1, 1]))
    assert errors in ([], [LabelError(0, 0, 1, errors[0].score)])


def test_planted_errors_are_recalled() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 400)
    probabilities = np.full((400, 4), 0.05)
    probabilities[np.arange(400), truth] = 0.85
    labels = truth.copy()
    labels[:20] = (truth[:20] + 1) % 4
    assert {error.row for error in likely_label_errors(probabilities, labels)} == set(
        range(20)
    )
