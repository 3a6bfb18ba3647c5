from __future__ import annotations

from typing import Any

import pytest

from tests.unit.functions.inspect.exports.records import rows, table

USER = {"role": "user", "content": "Hi"}
GOOD = {"role": "assistant", "content": "Hello"}
BAD = {"role": "assistant", "content": "No"}


@pytest.mark.parametrize(
    ("record", "row"),
    [
        (
            {"prompt": "Hi", "chosen": "Hello", "rejected": "No"},
            {"prompt": "Hi", "chosen": "Hello"},
        ),
        (
            {"prompt": "Hi", "system": "Be kind.", "chosen": GOOD, "rejected": BAD},
            {"messages": [USER, GOOD], "system": "Be kind."},
        ),
        (
            {"chosen": [USER, GOOD], "rejected": [USER, BAD]},
            {"messages": [USER, GOOD]},
        ),
        (
            {"messages": [USER], "chosen": [GOOD], "rejected": [BAD]},
            {"messages": [USER, GOOD]},
        ),
        (
            {
                "chosen": "\n\nHuman: Hi\n\nAssistant: Hello",
                "rejected": "\n\nHuman: Hi\n\nAssistant: No",
            },
            {"messages": [USER, GOOD]},
        ),
    ],
    ids=["texts", "messages", "whole chats", "a chat before", "a transcript"],
)
def test_the_chosen_answer_is_learnt(
    record: dict[str, Any], row: dict[str, Any]
) -> None:
    assert rows(table([record, record])) == [row, row]


@pytest.mark.parametrize(
    ("completion", "row"),
    [
        ("Hello", {"prompt": "Hi", "completion": "Hello"}),
        ([GOOD], {"messages": [USER, GOOD]}),
    ],
    ids=["texts", "messages"],
)
def test_answers_that_are_judged_as_bad_are_left_out(
    completion: object, row: dict[str, Any]
) -> None:
    records = [
        {"prompt": "Hi", "completion": completion, "label": label}
        for label in (True, False, "true", "False")
    ]
    opened = table(records)
    assert rows(opened) == [row, row]
    assert opened.warnings() == ["left out 2 rows whose answer is judged as bad"]
