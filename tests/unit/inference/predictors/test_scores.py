from __future__ import annotations

import numpy as np
import pytest

from inference.predictors.scores import require_finite, sigmoid, softmax
from inference.protocols.errors import ModelError


def test_softmax_sums_to_one_over_the_last_axis() -> None:
    scores = softmax(
        np.array([[1.0, 2.0, 3.0], [1000.0, 1000.0, 1000.0]], dtype=np.float32)
    )
    assert scores.sum(axis=-1) == pytest.approx([1, 1])
    assert scores[1] == pytest.approx([1 / 3] * 3)


def test_sigmoid_does_not_overflow() -> None:
    scores = sigmoid(np.array([-1000.0, 0.0, 1000.0], dtype=np.float32))
    assert scores.tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_the_model_s_error(value: float) -> None:
    with pytest.raises(ModelError, match="its weights are damaged"):
        require_finite(np.array([1.0, value], dtype=np.float32))
