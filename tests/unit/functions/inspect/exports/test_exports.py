"""Records of annotation tools, and the rows they become."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from functions.inspect.exports import with_plain_columns
from functions.inspect.formats import Table, UnreadableError, open_table

SPAN = {"start": 0, "end": 3, "label": "PER"}


def table(records: list[dict[str, Any]]) -> Table:
    lines = "".join(json.dumps(record) + "\n" for record in records)
    return with_plain_columns(open_table(io.BytesIO(lines.encode()), "jsonl"))


def rows(opened: Table) -> list[Any]:
    return [row for _, row in opened.rows({name: name for name in opened.columns})]


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
    "classes of spaCy": (
        {"text": "Ada", "cats": {"a": 0.0, "b": 1.0}},
        {"text": "Ada", "label": "b"},
    ),
    "the history of Alpaca": (
        {"instruction": "Again?", "output": "Yes", "history": [["Really?", "No"]]},
        {
            "messages": [
                {"role": "user", "content": "Really?"},
                {"role": "assistant", "content": "No"},
                {"role": "user", "content": "Again?"},
                {"role": "assistant", "content": "Yes"},
            ]
        },
    ),
}


@pytest.mark.parametrize(("record", "row"), RECORDS.values(), ids=RECORDS)
def test_a_record_becomes_a_row_of_plain_columns(
    record: dict[str, Any], row: dict[str, Any]
) -> None:
    assert rows(table([record, record])) == [row, row]


def test_what_the_annotator_did_not_accept_is_left_out_and_counted() -> None:
    answers = ["accept", "reject", "ignore", "ignore"]
    records = [{"text": "a", "label": "b", "answer": answer} for answer in answers]
    opened = table(records)
    assert rows(opened) == [{"text": "a", "label": "b"}]
    assert opened.warnings() == [
        "left out 1 row that the annotator rejected and 2 rows that the annotator ignored"
    ]


def test_an_export_of_which_nothing_counts_is_refused() -> None:
    with pytest.raises(
        UnreadableError, match="only 2 rows whose annotations were cancelled"
    ):
        table([task(annotation("a", cancelled=True))] * 2)


def test_annotators_who_disagree_evenly_settle_nothing() -> None:
    opened = table([task(annotation("a")), task(annotation("a"), annotation("b"))])
    assert rows(opened) == [{"text": "Good", "label": "a"}]


def test_columns_that_the_settings_name_stay() -> None:
    record = {"question": "Is it?", "passage": "It is.", "answer": True}
    source = open_table(io.BytesIO(json.dumps(record).encode()), "json")
    opened = with_plain_columns(source, ["answer"])
    assert rows(opened)[0]["answer"] is True
