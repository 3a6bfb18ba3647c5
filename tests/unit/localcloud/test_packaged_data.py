"""The demo's rows: real, balanced, the same for a seed."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest

from localcloud.packaged_data import (
    ROWS,
    MissingDataError,
    demo_csv,
    package_csv,
    read_reviews,
    sample,
    to_csv,
)


@pytest.fixture(scope="module")
def reviews() -> dict[str, list[str]]:
    return read_reviews(package_csv())


def test_every_row_is_a_review_of_the_package_with_its_own_label(
    reviews: dict[str, list[str]],
) -> None:
    expected = {label: set(texts) for label, texts in reviews.items()}
    assert all(text in expected[label] for text, label in sample(reviews, ROWS, seed=0))


def test_the_rows_are_balanced_and_none_comes_twice(
    reviews: dict[str, list[str]],
) -> None:
    rows = sample(reviews, ROWS, seed=0)
    assert Counter(label for _, label in rows) == {"negative": 2000, "positive": 2000}
    assert len({text for text, _ in rows}) == ROWS


def test_a_seed_gives_the_same_rows_and_another_seed_others(
    reviews: dict[str, list[str]],
) -> None:
    assert sample(reviews, 100, seed=3) == sample(reviews, 100, seed=3)
    assert sample(reviews, 100, seed=3) != sample(reviews, 100, seed=4)


def test_the_order_of_the_rows_does_not_follow_the_label(
    reviews: dict[str, list[str]],
) -> None:
    labels = [label for _, label in sample(reviews, 1000, seed=0)]
    assert 200 < labels[:500].count("positive") < 300


def test_the_drop_is_a_csv_with_review_and_sentiment() -> None:
    rows = list(
        csv.DictReader(io.StringIO(demo_csv(seed=0, rows=10).decode(), newline=""))
    )
    assert len(rows) == 10
    assert set(rows[0]) == {"review", "sentiment"}


def test_commas_quotes_and_line_breaks_survive_the_csv() -> None:
    rows = [('a, "b"\nc', "positive")]
    assert list(csv.reader(io.StringIO(to_csv(rows).decode(), newline="")))[1:] == [
        list(row) for row in rows
    ]


def test_more_rows_than_there_are_is_refused_with_the_numbers() -> None:
    few = {"negative": ["a"], "positive": ["b", "c"]}
    with pytest.raises(
        MissingDataError,
        match=r"expected 2 reviews of each label; found 1. Ask for fewer rows.",
    ):
        sample(few, 4, seed=0)
