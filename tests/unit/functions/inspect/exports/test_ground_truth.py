from __future__ import annotations

from typing import Any

import pytest

from tests.unit.functions.inspect.exports.records import SPAN, rows, table

RECORDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "several labels of Ground Truth": (
        {
            "source": "Ada",
            "news": [0, 2],
            "news-metadata": {"class-map": {"0": "a", "2": "b"}},
        },
        {"text": "Ada", "labels": ["a", "b"]},
    ),
    "entities of Ground Truth": (
        {
            "source": "Ada",
            "ner": {
                "annotations": {
                    "entities": [{"startOffset": 0, "endOffset": 3, "label": "PER"}]
                }
            },
            "ner-metadata": {"type": "groundtruth/text-span"},
        },
        {"text": "Ada", "spans": [SPAN]},
    ),
}


@pytest.mark.parametrize(("record", "row"), RECORDS.values(), ids=RECORDS)
def test_a_record_becomes_a_row_of_plain_columns(
    record: dict[str, Any], row: dict[str, Any]
) -> None:
    assert rows(table([record, record])) == [row, row]
