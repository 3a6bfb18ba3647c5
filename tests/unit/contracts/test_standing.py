from __future__ import annotations

import pytest

from contracts.standing import standing


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.01, 0.2, "better than"),
        (-0.2, -0.01, "worse than"),
        (-0.1, 0.1, "not clearly better than"),
        (0.0, 0.1, "not clearly better than"),
        (0.0, 0.0, "not clearly better than"),
    ],
)
def test_only_an_interval_on_one_side_of_zero_is_clear(
    low: float, high: float, words: str
) -> None:
    assert standing(low, high) == words
