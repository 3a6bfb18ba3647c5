from __future__ import annotations

from typing import Any

import pytest

from functions.inspect.formats.nested import numbered_rows

ANSWERS = {"text": ["Ada"], "answer_start": [0]}
SQUAD = {
    "title": "Ada",
    "paragraphs": [
        {
            "context": "Ada wrote.",
            "qas": [
                {"question": "Who?", "answers": ANSWERS},
                {"question": "When?", "is_impossible": True, "answers": ANSWERS},
            ],
        }
    ],
}
SENTENCE = {"tokens": [{"orth": "Ada", "ner": "U-PER"}, {"orth": "ran", "tag": "V"}]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            SQUAD,
            [
                {"question": "Who?", "context": "Ada wrote.", "answers": ANSWERS},
                {"question": "When?", "context": "Ada wrote.", "answers": []},
            ],
        ),
        (
            {"paragraphs": [{"sentences": [SENTENCE]}]},
            [{"tokens": ["Ada", "ran"], "tags": ["U-PER", "V"]}],
        ),
        (
            {"tag": "greet", "patterns": ["Hi", "Hello"]},
            [{"text": "Hi", "label": "greet"}, {"text": "Hello", "label": "greet"}],
        ),
        (
            [{"role": "user", "content": "Hi"}],
            [{"messages": [{"role": "user", "content": "Hi"}]}],
        ),
        ({"text": "a"}, [{"text": "a"}]),
    ],
    ids=["SQuAD", "spaCy", "intents", "a chat", "a plain row"],
)
def test_a_value_becomes_its_rows(value: object, expected: list[Any]) -> None:
    rows = numbered_rows(iter([(1, value)]), "an object")
    assert [row for _, row in rows] == expected


def test_the_rows_of_one_value_are_counted_on() -> None:
    values = [(1, {"text": "a"}), (2, SQUAD), (3, {"text": "b"})]
    numbers = [number for number, _ in numbered_rows(iter(values), "an object")]
    assert numbers == [1, 2, 3, 4]
