from __future__ import annotations

from tests.unit.training.recipes.tagged import TAGGED
from training.recipes.tagging import first_subwords, span_tags, words_of


def test_a_span_that_starts_with_a_space_still_has_a_beginning() -> None:
    row = {"text": "it was xyz", "spans": [{"start": 6, "end": 10, "label": "a"}]}
    assert span_tags(row, [(0, 2), (3, 6), (7, 8), (8, 10)]) == ["O", "O", "B-a", "I-a"]


def test_spans_side_by_side_are_two() -> None:
    row = {
        "text": "xyz",
        "spans": [
            {"start": 0, "end": 1, "label": "a"},
            {"start": 1, "end": 3, "label": "a"},
        ],
    }
    assert span_tags(row, [(0, 1), (1, 2), (2, 3)]) == ["B-a", "B-a", "I-a"]


def test_words_are_found_where_tokens_count_the_space_before_them() -> None:
    result = first_subwords(TAGGED, [(0, 1), (1, 3), (3, 6), (6, 10)])
    assert [piece for _, piece in result] == [0, 2, 3, None]


def test_words_of_a_text_are_those_between_any_spaces() -> None:
    assert words_of(
        {"text": "it\nwas  x", "spans": [{"start": 8, "end": 9, "label": "a"}]}
    ) == [
        ("it", "O"),
        ("was", "O"),
        ("x", "B-a"),
    ]
