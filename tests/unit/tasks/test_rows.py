"""Rows as real files hold them, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest

from tasks import Row, every_variant, find_task, names_of

CONTEXT = " Ada was born in London."
AT = CONTEXT.index("London")
LONDON = [{"text": "London", "start": AT}]
SAID = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Good day"}]


def asked(answers: Any, **more: Any) -> Row:
    return {"question": "Where?", "context": CONTEXT, "answers": answers, **more}


ROWS: dict[str, tuple[str, Row, Row]] = {
    "a number as label": (
        "text-classification",
        {"text": "a", "label": 0},
        {"text": "a", "label": "0"},
    ),
    "a fraction that is whole": (
        "text-classification",
        {"text": "a", "label": 1.0},
        {"text": "a", "label": "1"},
    ),
    "true as label": (
        "text-classification",
        {"text": "a", "label": True},
        {"text": "a", "label": "True"},
    ),
    "a number as text": (
        "text-classification",
        {"text": 7, "label": "x"},
        {"text": "7", "label": "x"},
    ),
    "no second text": (
        "text-classification",
        {"text": "a", "label": "x", "text_pair": float("nan")},
        {"text": "a", "label": "x"},
    ),
    "labels as Python prints them": (
        "text-classification/multi-label",
        {"text": "a", "labels": "['y', 'x', 'y']"},
        {"text": "a", "labels": ["x", "y"]},
    ),
    "labels between bars": (
        "text-classification/multi-label",
        {"text": "a", "labels": " y | x;"},
        {"text": "a", "labels": ["x", "y"]},
    ),
    "labels that are numbers": (
        "text-classification/multi-label",
        {"text": "a", "labels": [2, 1.0, None]},
        {"text": "a", "labels": ["1", "2"]},
    ),
    "no labels": (
        "text-classification/multi-label",
        {"text": "a", "labels": None},
        {"text": "a", "labels": []},
    ),
    "a number as text in a cell": (
        "text-classification/regression",
        {"text": "a", "score": " 2.5 "},
        {"text": "a", "score": 2.5},
    ),
    "numbers as tags": (
        "token-classification",
        {"tokens": ["Ada", 7], "tags": [3, 0.0]},
        {"tokens": ["Ada", "7"], "tags": ["3", "0"]},
    ),
    "tokens as NumPy prints them": (
        "token-classification",
        {"tokens": "['Ada' 'in']", "tags": "[3 0]"},
        {"tokens": ["Ada", "in"], "tags": ["3", "0"]},
    ),
    "tokens between spaces, one a bracket": (
        "token-classification",
        {"tokens": "[ Ada ]", "tags": "O B-PER O"},
        {"tokens": ["[", "Ada", "]"], "tags": ["O", "B-PER", "O"]},
    ),
    "spans as Python prints them": (
        "token-classification/spans",
        {"text": " Ada, London", "spans": "[(6, 12, 'LOC'), (1, 4, 'PER')]"},
        {
            "text": " Ada, London",
            "spans": [
                {"start": 1, "end": 4, "label": "PER"},
                {"start": 6, "end": 12, "label": "LOC"},
            ],
        },
    ),
    "spaCy's spans": (
        "token-classification/spans",
        {"text": "Ada", "spans": {"entities": [[0, 3, "PER"]]}},
        {"text": "Ada", "spans": [{"start": 0, "end": 3, "label": "PER"}]},
    ),
    "Doccano's spans": (
        "token-classification/spans",
        {"text": "Ada", "spans": [{"id": 1, "start_offset": 0, "end_offset": 3, "label": "PER"}]},
        {"text": "Ada", "spans": [{"start": 0, "end": 3, "label": "PER"}]},
    ),
    "Label Studio's spans": (
        "token-classification/spans",
        {"text": "Ada", "spans": [{"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}]},
        {"text": "Ada", "spans": [{"start": 0, "end": 3, "label": "PER"}]},
    ),
    "no spans": (
        "token-classification/spans",
        {"text": "Ada", "spans": None},
        {"text": "Ada", "spans": []},
    ),
    "an empty object of spans": (
        "token-classification/spans",
        {"text": "Ada", "spans": {}},
        {"text": "Ada", "spans": []},
    ),
    "SQuAD's answers": (
        "question-answering",
        asked({"text": ["London"], "answer_start": [AT]}),
        asked(LONDON),
    ),
    "SQuAD's answers as pandas prints them": (
        "question-answering",
        asked(
            f"{{'text': array(['London'], dtype=object), 'answer_start': array([{AT}], dtype=int32)}}"
        ),
        asked(LONDON),
    ),
    "answers as objects": (
        "question-answering",
        asked([{"text": "London", "answer_start": AT}]),
        asked(LONDON),
    ),
    "an answer in a cell": (
        "question-answering",
        asked("London", answer_start=f"{AT}"),
        asked(LONDON),
    ),
    "an answer without a start": (
        "question-answering",
        asked(" London ", answer_start=None),
        asked(LONDON),
    ),
    "no answers": ("question-answering", asked({"text": [], "answer_start": []}), asked([])),
    "an empty cell of answers": ("question-answering", asked(float("nan")), asked([])),
    "a plausible answer to what is impossible": (
        "question-answering",
        asked("London", answer_start=AT, is_impossible="True"),
        asked([]),
    ),
    "a possible answer": (
        "question-answering",
        asked("London", is_impossible=False),
        asked(LONDON),
    ),
    "two languages in a cell": (
        "translation",
        {"source": "{'en': 'a', 'de': 'b'}"},
        {"source": "a", "target": "b"},
    ),
    "JSON to be translated": (
        "translation",
        {"source": '{"a": 1}', "target": '{"b": 1}'},
        {"source": '{"a": 1}', "target": '{"b": 1}'},
    ),
    "a prompt with its context": (
        "text-generation/completion",
        {"prompt": "Translate.", "completion": "Hallo", "context": " Hello "},
        {"prompt": "Translate.\n\nHello", "completion": "Hallo"},
    ),
    "a prompt without context": (
        "text-generation/completion",
        {"prompt": "Greet.", "completion": "Hallo", "context": None},
        {"prompt": "Greet.", "completion": "Hallo"},
    ),
    "a chat in a cell": (
        "text-generation/chat",
        {"messages": "[{'from': 'human', 'value': 'Hello'}, {'from': 'gpt', 'value': 'Good day'}]"},
        {"messages": SAID},
    ),
    "a very long text": (
        "text-generation",
        {"text": "a " * 500_000},
        {"text": ("a " * 500_000).strip()},
    ),
    "a pair with a score": (
        "feature-extraction",
        {"text": "a", "text_pair": "b", "score": "4"},
        {"text": "a", "text_pair": "b", "score": 4.0},
    ),
}


@pytest.mark.parametrize(("form", "given", "row"), ROWS.values(), ids=ROWS)
def test_a_row_is_made_canonical(form: str, given: Row, row: Row) -> None:
    assert find_task(form).check_row(given) == row


def test_forms_are_called_by_names_of_their_own() -> None:
    names = [name for form in every_variant() for name in names_of(form)]
    assert len(names) == len(set(names))
