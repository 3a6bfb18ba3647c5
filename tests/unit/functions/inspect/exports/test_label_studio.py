from __future__ import annotations

from typing import Any

import pytest

from functions.inspect.formats import UnreadableError
from tests.unit.functions.inspect.exports.records import rows, table


def annotation(*names: str, cancelled: bool = False) -> dict[str, Any]:
    value = {"choices": [*names]}
    result = {"from_name": "mood", "type": "choices", "value": value}
    return {"result": [result], "was_cancelled": cancelled}


def task(*annotations: dict[str, Any]) -> dict[str, Any]:
    return {"annotations": [*annotations], "data": {"review": "Good"}}


RECORDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the majority of annotators": (
        task(annotation("a"), annotation("b"), annotation("b")),
        {"text": "Good", "label": "b"},
    ),
    "a cancelled annotation beside one that counts": (
        task(annotation("a", cancelled=True), annotation("b")),
        {"text": "Good", "label": "b"},
    ),
}


@pytest.mark.parametrize(("record", "row"), RECORDS.values(), ids=RECORDS)
def test_a_record_becomes_a_row_of_plain_columns(
    record: dict[str, Any], row: dict[str, Any]
) -> None:
    assert rows(table([record, record])) == [row, row]


def test_an_export_of_which_nothing_counts_is_refused() -> None:
    with pytest.raises(
        UnreadableError, match="only 2 rows whose annotations were cancelled"
    ):
        table([task(annotation("a", cancelled=True))] * 2)


def test_annotators_who_disagree_evenly_settle_nothing() -> None:
    opened = table([task(annotation("a")), task(annotation("a"), annotation("b"))])
    assert rows(opened) == [{"text": "Good", "label": "a"}]
