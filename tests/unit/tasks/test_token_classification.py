"""Rows of tokens with tags, and of texts with spans, and what becomes of them."""

from __future__ import annotations

import pytest

from tasks import Row, find_task

ROWS: dict[str, tuple[str, Row, Row]] = {
    "numbers as tags": (
        "token-classification",
        {"tokens": ["Ada", 7], "tags": [3, 0.0]},
        {"tokens": ["Ada", "7"], "tags": ["3", "0"]},
    ),
    "tokens as NumPy prints them": (
        "token-classification",
        {"tokens": "['Ada' 'in']", "tags": "[3 0]"},
        {"tokens": ["Ada", "in"], "tags": ["3", "0"]},
    ),
    "tokens between spaces, one a bracket": (
        "token-classification",
        {"tokens": "[ Ada ]", "tags": "O B-PER O"},
        {"tokens": ["[", "Ada", "]"], "tags": ["O", "B-PER", "O"]},
    ),
    "spans as Python prints them": (
        "token-classification/spans",
        {"text": " Ada, London", "spans": "[(6, 12, 'LOC'), (1, 4, 'PER')]"},
        {
            "text": " Ada, London",
            "spans": [
                {"start": 1, "end": 4, "label": "PER"},
                {"start": 6, "end": 12, "label": "LOC"},
            ],
        },
    ),
    "spaCy's spans": (
        "token-classification/spans",
        {"text": "Ada", "spans": {"entities": [[0, 3, "PER"]]}},
        {"text": "Ada", "spans": [{"start": 0, "end": 3, "label": "PER"}]},
    ),
    "Doccano's spans": (
        "token-classification/spans",
        {
            "text": "Ada",
            "spans": [{"id": 1, "start_offset": 0, "end_offset": 3, "label": "PER"}],
        },
        {"text": "Ada", "spans": [{"start": 0, "end": 3, "label": "PER"}]},
    ),
    "Label Studio's spans": (
        "token-classification/spans",
        {
            "text": "Ada",
            "spans": [{"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}],
        },
        {"text": "Ada", "spans": [{"start": 0, "end": 3, "label": "PER"}]},
    ),
    "no spans": (
        "token-classification/spans",
        {"text": "Ada", "spans": None},
        {"text": "Ada", "spans": []},
    ),
    "an empty object of spans": (
        "token-classification/spans",
        {"text": "Ada", "spans": {}},
        {"text": "Ada", "spans": []},
    ),
}


@pytest.mark.parametrize(("task", "row", "canonical"), ROWS.values(), ids=ROWS)
def test_a_row_is_made_canonical(task: str, row: Row, canonical: Row) -> None:
    assert find_task(task).check_row(row) == canonical
