from __future__ import annotations

from tests.unit.functions.inspect.exports.records import rows, table


def test_what_the_annotator_did_not_accept_is_left_out_and_counted() -> None:
    answers = ["accept", "reject", "ignore", "ignore"]
    records = [{"text": "a", "label": "b", "answer": answer} for answer in answers]
    opened = table(records)
    assert rows(opened) == [{"text": "a", "label": "b"}]
    assert opened.warnings() == [
        "left out 1 row that the annotator rejected and 2 rows that the annotator ignored"
    ]
