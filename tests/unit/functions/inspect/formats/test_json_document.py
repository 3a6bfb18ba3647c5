"""Files that are one JSON object, and the rows in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.inspect.formats import UnreadableError
from functions.inspect.formats.base import MAX_RECORD
from tests.unit.functions.inspect.formats.tables import read

ROWS = [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]

DOCUMENTS: dict[str, Any] = {
    "rows under a key": {"version": "1", "data": ROWS},
    "rows two keys below": {"result": {"items": ROWS}, "status": "ok"},
    "orient=split": {
        "columns": ["text", "label"],
        "index": [0, 1],
        "data": [["a", "x"], ["b", "y"]],
    },
    "orient=columns": {"text": {"0": "a", "1": "b"}, "label": {"0": "x", "1": "y"}},
    "orient=index": {"0": ROWS[0], "1": ROWS[1]},
    "orient=table": {
        "schema": {"fields": [], "primaryKey": ["index"]},
        "data": [{"index": number, **row} for number, row in enumerate(ROWS)],
    },
    "a list for each column": {"text": ["a", "b"], "label": ["x", "y"]},
    "the Hub's viewer": {
        "features": [],
        "rows": [{"row_idx": 0, "row": row} for row in ROWS],
    },
}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_the_rows_of_a_document_are_read(document: Any, indent: int | None) -> None:
    content = json.dumps(document, indent=indent)
    assert [row for _, row in read(content, "json")] == ROWS


def test_a_document_may_be_longer_than_a_row() -> None:
    row = {"text": "a" * 1000, "label": "x"}
    content = json.dumps({"data": [row] * (2 * MAX_RECORD // 1000)})
    assert len(read(content, "json")) == 2 * MAX_RECORD // 1000


REFUSED: dict[str, tuple[Any, str]] = {
    "splits": ({"train": ROWS, "test": ROWS}, "train.json, test.json"),
    "several lists": ({"images": ROWS, "captions": ROWS}, "one list of rows"),
    "lists of other lengths": ({"text": ["a"], "label": []}, "lists of equal length"),
    "cut cells": (
        {"rows": [{"row": ROWS[0], "truncated_cells": ["text"]}]},
        "cells that were cut",
    ),
}


@pytest.mark.parametrize(("document", "message"), REFUSED.values(), ids=REFUSED)
def test_a_document_without_one_list_of_rows_is_refused(
    document: Any, message: str
) -> None:
    with pytest.raises(UnreadableError, match=message):
        read(json.dumps(document), "json")
