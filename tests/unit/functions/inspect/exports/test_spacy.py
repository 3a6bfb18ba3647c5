from __future__ import annotations

from tests.unit.functions.inspect.exports.records import rows, table


def test_the_class_with_the_highest_score_is_the_label() -> None:
    record = {"text": "Ada", "cats": {"a": 0.0, "b": 1.0}}
    row = {"text": "Ada", "label": "b"}
    assert rows(table([record, record])) == [row, row]
