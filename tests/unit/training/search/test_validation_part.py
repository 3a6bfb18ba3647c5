from __future__ import annotations

from collections import Counter

from tasks import Row, get_task
from training.search.validation_part import hold_out

TASK = get_task("text-classification")
ROWS: list[Row] = [
    {"text": f"text {number}", "label": "rare" if number % 10 == 0 else "often"}
    for number in range(100)
]


def test_a_fifth_of_each_label_is_held_out() -> None:
    train, validation = hold_out(ROWS, TASK, seed=1)
    assert Counter(row["label"] for row in validation) == {"rare": 2, "often": 18}
    texts = [row["text"] for row in (*train, *validation)]
    assert sorted(texts) == sorted(row["text"] for row in ROWS)


def test_the_seed_draws_the_rows() -> None:
    first = hold_out(ROWS, TASK, seed=1)
    assert hold_out(ROWS, TASK, seed=1) == first
    assert hold_out(ROWS, TASK, seed=2) != first
