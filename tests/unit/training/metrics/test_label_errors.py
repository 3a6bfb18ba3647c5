from __future__ import annotations

import numpy as np

from training.metrics.label_errors import class_errors, flags_errors


def test_a_row_that_is_sure_of_another_class_is_likely_mislabelled() -> None:
    probabilities = np.array(
        [[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.05, 0.95], [0.45, 0.55]]
    )
    labels = np.array([0, 0, 1, 1, 0, 0])
    (error,) = class_errors(probabilities, labels)
    assert (error.row, error.label, error.suggested) == (4, 0, 1)
    assert round(error.score, 2) == -0.9


def test_a_class_that_is_always_unsure_has_a_low_threshold() -> None:
    """The mean over its own rows, so that a rare class is not suspected as a whole."""
    probabilities = np.array([[0.95, 0.05]] * 8 + [[0.7, 0.3]] * 3)
    labels = np.array([0] * 8 + [1] * 3)
    assert class_errors(probabilities, labels) == []


def test_the_likeliest_come_first() -> None:
    probabilities = np.array(
        [[0.9, 0.1]] * 9 + [[0.1, 0.9]] * 9 + [[0.05, 0.95], [0.02, 0.98]]
    )
    labels = np.array([0] * 9 + [1] * 9 + [0, 0])
    assert [error.row for error in class_errors(probabilities, labels)] == [
        19,
        18,
    ]


def test_a_class_without_rows_is_never_suggested() -> None:
    errors = class_errors(np.array([[0.1, 0.2, 0.7]] * 3), np.array([0, 1, 1]))
    assert [(error.row, error.label, error.suggested) for error in errors] == [
        (0, 0, 1)
    ]


def test_a_row_whose_label_the_model_prefers_is_not_suspected() -> None:
    """Also where the model is never sure of the other class, whose threshold is low then."""
    probabilities = np.array([[0.99, 0.01]] * 9 + [[0.9, 0.1]] * 2)
    assert class_errors(probabilities, np.array([0] * 10 + [1])) == []


def test_planted_errors_are_recalled() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 400)
    probabilities = np.full((400, 4), 0.05)
    probabilities[np.arange(400), truth] = 0.85
    labels = truth.copy()
    labels[:20] = (truth[:20] + 1) % 4
    assert {error.row for error in class_errors(probabilities, labels)} == set(
        range(20)
    )


def test_each_of_several_labels_is_judged_by_itself() -> None:
    """The second row misses a label, the last has one too many."""
    sure, unsure = 0.95, 0.05
    probabilities = np.array(
        [[sure, unsure], [sure, sure], [unsure, sure], [unsure, sure], [sure, 0.01]]
    )
    flags = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 1]], dtype=bool)
    errors = flags_errors(probabilities, flags)
    assert [(error.row, error.suggested) for error in errors] == [
        (4, (0,)),
        (1, (0, 1)),
    ]
    assert [round(error.score, 2) for error in errors] == [-0.98, -0.9]


def test_a_row_with_two_wrong_labels_is_one_error() -> None:
    probabilities = np.array([[0.9, 0.1]] * 5 + [[0.1, 0.9]] * 5 + [[0.02, 0.97]])
    flags = np.array([[1, 0]] * 5 + [[0, 1]] * 5 + [[1, 0]], dtype=bool)
    (error,) = flags_errors(probabilities, flags)
    assert (error.row, error.suggested, round(error.score, 2)) == (10, (1,), -0.96)


def test_a_label_that_all_rows_have_or_none_is_never_suspected() -> None:
    probabilities = np.array([[0.1, 0.9], [0.9, 0.1]])
    flags = np.array([[True, False]] * 2)
    assert flags_errors(probabilities, flags) == []


def test_planted_errors_of_several_labels_are_recalled() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random((600, 5)) < 0.2
    probabilities = np.where(truth, 0.9, 0.06)
    flags = truth.copy()
    planted = rng.choice(600, 30, replace=False)
    flags[planted, rng.integers(0, 5, 30)] ^= True
    errors = flags_errors(probabilities, flags)
    assert {error.row for error in errors} == set(planted.tolist())
    for error in errors:
        assert error.suggested == tuple(np.flatnonzero(truth[error.row]).tolist())
