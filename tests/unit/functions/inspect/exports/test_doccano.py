from __future__ import annotations

from typing import Any

import pytest

from tests.unit.functions.inspect.exports.records import rows, table

PAIRS = [
    {"text": f"Question {i}?", "label": [f"The answer number {i}"]} for i in range(12)
]
"""Of sequence to sequence: the labels are texts."""


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (
            [
                {"text": "1", "label": "a"},
                {"text": "2", "label": "b"},
                {"text": "3", "label": "a#b"},
            ],
            [
                {"text": "1", "label": ["a"]},
                {"text": "2", "label": ["b"]},
                {"text": "3", "label": ["a", "b"]},
            ],
        ),
        (
            [{"text": "1", "label": "a"}, {"text": "2", "label": "C#"}],
            [{"text": "1", "label": "a"}, {"text": "2", "label": "C#"}],
        ),
        (
            [{"id": 1, "data": "Ada", "label": [[0, 3, "PER"]]}],
            [{"id": 1, "text": "Ada", "label": [[0, 3, "PER"]]}],
        ),
    ],
    ids=["labels between #", "a label with #", "the text is in data"],
)
def test_a_record_becomes_a_row_of_plain_columns(
    records: list[dict[str, Any]], expected: list[dict[str, Any]]
) -> None:
    assert rows(table(records)) == expected


def test_labels_that_are_texts_are_answers() -> None:
    opened = table([*PAIRS, {"text": "Open?", "label": []}])
    assert rows(opened) == [
        {"input_text": pair["text"], "target_text": pair["label"][0]} for pair in PAIRS
    ]
    assert opened.warnings() == ["left out 1 row without an answer"]
