"""Rows of texts that are compared, and what becomes of them."""

from __future__ import annotations

import pytest

from tasks import Row, find_task

ROWS: dict[str, tuple[str, Row, Row]] = {
    "a pair with a score": (
        "feature-extraction",
        {"text": "a", "text_pair": "b", "score": "4"},
        {"text": "a", "text_pair": "b", "score": 4.0},
    ),
}


@pytest.mark.parametrize(("task", "row", "canonical"), ROWS.values(), ids=ROWS)
def test_a_row_is_made_canonical(task: str, row: Row, canonical: Row) -> None:
    assert find_task(task).check_row(row) == canonical


PAIRS = find_task("feature-extraction/pairs")


@pytest.mark.parametrize(
    "values",
    [(0, 1), ("0", "1"), (0.5, 3.5), (1, 2, 5)],
    ids=["0 and 1", "texts", "parts", "grades"],
)
def test_numbers_of_pairs_are_how_alike_they_are(values: tuple[object, ...]) -> None:
    sample: list[Row] = [
        {"text": "a", "text_pair": "b", "score": value} for value in values
    ]
    assert (
        find_task("feature-extraction").fits(sample)
        == "every pair of texts has a number"
    )


@pytest.mark.parametrize("values", [(1, 1), ("yes", "no"), ("", "")])
def test_other_answers_are_no_scores(values: tuple[object, ...]) -> None:
    sample: list[Row] = [
        {"text": "a", "text_pair": "b", "score": value} for value in values
    ]
    assert find_task("feature-extraction").fits(sample) is None


@pytest.mark.parametrize(
    ("seconds", "fits"),
    [
        (("a second text", "another text"), True),
        (("Oslo", "Lima", "Cork"), True),
        (("positive", "negative") * 4, False),
        (("1", "0"), False),
        ((), True),
    ],
)
def test_a_second_text_is_no_number_and_no_name_of_a_kind(
    seconds: tuple[str, ...], fits: bool
) -> None:
    sample: list[Row] = [{"text": "a", "text_pair": second} for second in seconds]
    assert (PAIRS.fits(sample) is not None) is fits
