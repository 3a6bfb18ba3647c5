from __future__ import annotations

from typing import Any

import pytest

from contracts.problems import Problem
from functions.common.request_check import request_problem
from tasks import every_variant, get_task
from tasks.base import Task

ROWS: dict[str, dict[str, Any]] = {
    "text": {"text": "a film"},
    "tokens": {"tokens": '["Ada", "was"]'},
    "question": {"question": "Who?", "context": " Ada."},
    "document": {"document": "long"},
    "source": {"source": "Save"},
    "prompt": {"prompt": "Say", "system": "Be brief", "context": "a text"},
    "messages": {"messages": '[{"role": "user", "content": "Hi"}]'},
    "input_text": {"input_text": "question: what?"},
}
"""First column of a task -> a row without its answer, as a CSV has it."""


@pytest.mark.parametrize("task", [*every_variant()], ids=lambda task: task.title)
def test_a_row_without_its_answer_becomes_a_request_that_the_task_takes(
    task: Task,
) -> None:
    inputs = task.inputs_of(ROWS[task.columns[0].name])
    assert request_problem(task.name, {"inputs": inputs}) is None


@pytest.mark.parametrize("task", [*every_variant()], ids=lambda task: task.title)
def test_an_empty_row_is_a_problem(task: Task) -> None:
    assert isinstance(task.inputs_of({}), Problem)


def test_the_columns_of_a_row_go_where_the_request_has_them() -> None:
    pair = {"text": "a", "text_pair": " b "}
    classified = get_task("text-classification").inputs_of(pair)
    assert classified == {"text": "a", "text_pair": "b"}
    compared = get_task("feature-extraction").inputs_of(pair)
    assert compared == {"source_sentence": "a", "sentences": ["b"]}
    assert get_task("token-classification").inputs_of(ROWS["tokens"]) == "Ada was"
    prompt = get_task("text-generation", "completion").inputs_of(ROWS["prompt"])
    assert prompt == "Be brief\n\nSay\n\na text"
    context = get_task("question-answering").inputs_of(ROWS["question"])
    assert context == {"question": "Who?", "context": " Ada."}
