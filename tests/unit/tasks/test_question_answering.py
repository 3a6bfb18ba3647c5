"""Rows of questions with their contexts and answers, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest

from tasks import Row, find_task

CONTEXT = " Ada was born in London."
START = CONTEXT.index("London")
LONDON = [{"text": "London", "start": START}]


def question(answers: Any, **more: Any) -> Row:
    return {"question": "Where?", "context": CONTEXT, "answers": answers, **more}


ROWS: dict[str, tuple[str, Row, Row]] = {
    "SQuAD's answers": (
        "question-answering",
        question({"text": ["London"], "answer_start": [START]}),
        question(LONDON),
    ),
    "answers of several annotators": (
        "question-answering",
        question(
            {
                "text": ["London", "in London", "London"],
                "answer_start": [START, START - 3, START],
            }
        ),
        question([*LONDON, {"text": "in London", "start": START - 3}, *LONDON]),
    ),
    "SQuAD's answers as pandas prints them": (
        "question-answering",
        question(
            f"{{'text': array(['London'], dtype=object), 'answer_start': array([{START}], dtype=int32)}}"
        ),
        question(LONDON),
    ),
    "answers as objects": (
        "question-answering",
        question([{"text": "London", "answer_start": START}]),
        question(LONDON),
    ),
    "an answer in a cell": (
        "question-answering",
        question("London", answer_start=f"{START}"),
        question(LONDON),
    ),
    "an answer without a start": (
        "question-answering",
        question(" London ", answer_start=None),
        question(LONDON),
    ),
    "no answers": (
        "question-answering",
        question({"text": [], "answer_start": []}),
        question([]),
    ),
    "an empty cell of answers": (
        "question-answering",
        question(float("nan")),
        question([]),
    ),
    "a plausible answer to what is impossible": (
        "question-answering",
        question("London", answer_start=START, is_impossible="True"),
        question([]),
    ),
    "a possible answer": (
        "question-answering",
        question("London", is_impossible=False),
        question(LONDON),
    ),
}


@pytest.mark.parametrize(("task", "row", "canonical"), ROWS.values(), ids=ROWS)
def test_a_row_is_made_canonical(task: str, row: Row, canonical: Row) -> None:
    assert find_task(task).check_row(row) == canonical
