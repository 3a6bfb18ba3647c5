from __future__ import annotations

from training.metrics.thresholds import SCORES, thresholds


def test_only_confident_answers_are_counted() -> None:
    table = {
        row.score: row
        for row in thresholds([0.55, 0.85, 0.9, 0.97], [False, True, False, True])
    }
    assert list(table) == list(SCORES)
    assert (table[0.0].answered, table[0.0].right) == (1.0, 0.5)
    assert (table[0.9].answered, table[0.9].right) == (0.5, 0.5)
    assert (table[0.95].answered, table[0.95].right) == (0.25, 1.0)


def test_of_no_answer_no_share_is_right() -> None:
    assert thresholds([0.5], [True])[-1].right is None
