from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from training.metrics.sums import classification_sums


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60)
)
def test_metrics_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    references, predictions = (np.array(column) for column in zip(*pairs, strict=True))
    result = classification_sums(references, predictions).metrics()
    assert result["accuracy"] == pytest.approx(accuracy_score(references, predictions))
    assert result["macro_f1"] == pytest.approx(
        f1_score(references, predictions, average="macro")
    )
