from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from training.metrics.sums import class_tally, confusion_matrix, softmax


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
def test_metrics_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    references, predictions = (np.array(column) for column in zip(*pairs, strict=True))
    found = class_tally(references, predictions).metrics()
    assert found["accuracy"] == pytest.approx(accuracy_score(references, predictions))
    assert found["macro_f1"] == pytest.approx(f1_score(references, predictions, average="macro"))


def test_the_matrix_has_true_classes_as_rows() -> None:
    assert confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 3).tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_softmax_survives_large_logits() -> None:
    assert softmax(np.array([1000.0, 1000.0])).tolist() == [0.5, 0.5]
