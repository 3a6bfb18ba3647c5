"""Rows of every task, and the sentences that refusals of broken ones share."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Rows = list[dict[str, Any]]
Drop = dict[str, bytes | str]
LABEL_KNOWN = "Correct the label, or add rows of it to the train file."
LIST = 'Write the {} as a list such as ["a", "b"], or with spaces between them.'
SPAN = 'Write each span as {"start": 0, "end": 5, "label": "PERSON"}; end is the first character after it.'
COUNT = "Count characters from 0; end is the first character after the span."
CHATS = (
    'Write [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}].'
)
ANSWERS = 'Write {"text": ["…"], "answer_start": [0]}, the answer as plain text, or nothing for no answer.'
PLACES = ("Prague", "London")


def lines(of: Rows) -> str:
    return "".join(json.dumps(row) + "\n" for row in of)


def drop(
    make: Callable[[int], dict[str, Any]], number: int = 20, **changed: Any
) -> Drop:
    """Rows `make` gives, the fifth of them changed; `r.jsonl`, in which it is row 5."""
    rows = [make(i) for i in range(number)]
    rows[4] |= changed
    return {"r.jsonl": lines(rows)}


def tagged(i: int) -> dict[str, Any]:
    return {
        "words": ["Ada", "in", PLACES[i % 2], str(i)],
        "ner_tags": ["B-PER", "O", "B-LOC", "O"],
    }


def marked(i: int) -> dict[str, Any]:
    return {
        "text": f"Ada in Prague, day {i}",
        "entities": [[0, 3, "PER"], [7, 13, "LOC"]],
    }


def questioned(i: int) -> dict[str, Any]:
    context = f"Entry {i}: Ada was born in {PLACES[i % 2]}."
    answer = {"text": [PLACES[i % 2]], "answer_start": [context.index(PLACES[i % 2])]}
    return {"question": "Where was she born?", "passage": context, "answers": answer}


def summed(i: int) -> dict[str, Any]:
    return {
        "article": f"The council met on day {i} and decided.",
        "highlights": f"Day {i}: decided.",
    }


def translated(i: int) -> dict[str, Any]:
    return {"translation": {"en": f"Page {i}", "de": f"Seite {i}"}}


def prompted(i: int) -> dict[str, Any]:
    return {
        "instruction": f"Say {i}",
        "input": "",
        "output": f"I say {i} and nothing else.",
    }


def chatted(i: int) -> dict[str, Any]:
    return {
        "conversations": [
            {"from": "human", "value": f"Hello {i}"},
            {"from": "gpt", "value": "Hello."},
        ]
    }


def scored(i: int) -> dict[str, Any]:
    return {"sentence1": f"a dog {i}", "sentence2": f"a hound {i}", "similarity": i / 4}


def paired(i: int) -> dict[str, Any]:
    return {"anchor": f"a dog {i}", "positive": f"a hound {i}"}


def rated(i: int) -> dict[str, Any]:
    return {"review": f"film {i}", "stars": i / 4}


def labelled(i: int) -> dict[str, Any]:
    return {"review": f"film {i}", "genres": ["drama", "war"][: 1 + i % 2]}


def named(i: int) -> dict[str, Any]:
    return {"review": f"film {i}", "mood": "x", "sentiment": ("good", "bad")[i % 2]}


def message(*messages: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"from": role, "value": content} for role, content in messages]


def both(make: Callable[[int], dict[str, Any]], **changed: Any) -> Drop:
    """A train file, and a test file whose second row is changed."""
    test = [make(i) for i in range(100, 105)]
    test[1] |= changed
    return {
        "train.jsonl": lines([make(i) for i in range(20)]),
        "test.jsonl": lines(test),
    }
