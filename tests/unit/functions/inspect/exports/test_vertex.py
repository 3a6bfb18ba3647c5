from __future__ import annotations

from typing import Any

import pytest

from tests.unit.functions.inspect.exports.records import SPAN, rows, table

RECORDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a class of Vertex AI": (
        {"textContent": "Ada", "classificationAnnotation": {"displayName": "a"}},
        {"text": "Ada", "label": "a"},
    ),
    "entities of Vertex AI": (
        {
            "textContent": "Ada",
            "textSegmentAnnotations": [
                {"startOffset": 0, "endOffset": 3, "displayName": "PER"}
            ],
        },
        {"text": "Ada", "spans": [SPAN]},
    ),
}


@pytest.mark.parametrize(("record", "row"), RECORDS.values(), ids=RECORDS)
def test_a_record_becomes_a_row_of_plain_columns(
    record: dict[str, Any], row: dict[str, Any]
) -> None:
    assert rows(table([record, record])) == [row, row]
