from __future__ import annotations

from typing import Any

import pytest

from contracts.problems import Problem
from functions.inspect.detection.multiple_choice import multiple_choice
from functions.inspect.detection.task_detection import Detection, detect
from tasks import Row, find_task

TOWNS = ("Lima", "Oslo", "Cork", "Kyoto", "Perth")


def table(names: tuple[str, ...], answers: tuple[Any, ...], **more: Any) -> list[Row]:
    rows: list[Row] = []
    for index in range(20):
        options = {name: TOWNS[(index + place) % 5] for place, name in enumerate(names)}
        answer = answers[index % len(answers)]
        rows.append(
            {"question": f"Which is {index}?", **options, "answer": answer, **more}
        )
    return rows


@pytest.mark.parametrize(
    ("names", "answers"),
    [
        (("A", "B", "C", "D"), ("A", "D", "B")),
        (("option_a", "option_b", "option_c"), ("a", "c")),
        (("opa", "opb", "opc", "opd"), (0, 3)),
        (("ending0", "ending1", "ending2", "ending3"), ("0", "3", "2")),
        (("choice1", "choice2", "choice3"), ("choice1", "choice3")),
        (("Option 1", "Option 2", "Option 3"), (1, 3)),
    ],
)
def test_columns_of_options_are_no_answers(
    names: tuple[str, ...], answers: tuple[Any, ...]
) -> None:
    rows = table(names, answers)
    problem = detect(tuple(rows[0]), rows)
    assert isinstance(problem, Problem)
    assert problem.remedy.startswith("There is no task of multiple choice")


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        (["Lima", "Oslo"], 1),
        ({"text": ["Lima", "Oslo"], "label": ["A", "B"]}, "B"),
        ("['Lima', 'Oslo']", "Oslo"),
    ],
)
def test_a_list_of_options_is_no_answer(options: Any, answer: Any) -> None:
    rows: list[Row] = [
        {"question": "q1", "choices": options, "answerKey": answer},
        {"question": "q2", "choices": ["Cork", "Oslo"], "answerKey": answer},
    ]
    assert isinstance(multiple_choice(tuple(rows[0]), rows), Problem)


@pytest.mark.parametrize(
    "rows",
    [
        [
            {"text": "a", "a": "1", "b": "0", "c": "1", "label": "1"},
            {"text": "b", "a": "0", "b": "0", "c": "1", "label": "0"},
        ],
        [{"text": t, "choices": ["pos", "neg"], "label": "pos"} for t in "ab"],
        [{"question": t, "answer": "a part of it", "context": t} for t in "ab"],
        [],
    ],
    ids=["ones and zeros", "the same options in all rows", "no options", "no rows"],
)
def test_other_tables_are_left_alone(rows: list[Row]) -> None:
    columns = tuple(rows[0]) if rows else ("A", "B", "C", "answer")
    assert multiple_choice(columns, rows) is None


def test_settings_decide() -> None:
    rows = table(("A", "B", "C", "D"), ("A", "D"))
    chosen = detect(tuple(rows[0]), rows, (find_task("text-generation/completion"),))
    assert isinstance(chosen, Detection)
