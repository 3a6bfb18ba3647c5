from __future__ import annotations

import fastjsonschema
import pytest

from functions.api.errors import ApiError
from functions.api.openapi_schemas import (
    components,
    open_schema,
    ref,
    request_name,
    with_labels,
)
from tasks import TASKS

COMPONENTS = components()


def test_answers_may_have_more_members_and_requests_may_not() -> None:
    closed = {"type": "object", "additionalProperties": False, "properties": {"a": {}}}
    assert open_schema([closed]) == [{"type": "object", "properties": {"a": {}}}]
    assert "additionalProperties" not in COMPONENTS["Run"]
    for task in TASKS:
        assert COMPONENTS[request_name(task)]["additionalProperties"] is False


@pytest.mark.parametrize("task", TASKS)
def test_a_tasks_schemas_are_those_of_the_task(task: str) -> None:
    assert COMPONENTS[request_name(task)] == TASKS[task].request_schema
    assert ref(request_name(task)) in COMPONENTS["PredictionRequest"]["anyOf"]


def test_a_problem_document_is_of_its_schema() -> None:
    check = fastjsonschema.compile(COMPONENTS["Problem"])
    check(ApiError(422, "invalid_request", "…", field="limit").document("1"))
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        check({"error": {"code": "unknown_run", "message": "…"}})


def test_labels_stand_wherever_a_label_is() -> None:
    label = {"properties": {"label": {"type": "string"}, "score": {}}}
    named = {"properties": {"label": {"type": "string", "enum": ["a"]}, "score": {}}}
    assert with_labels({"anyOf": [label, {"items": label}]}, ["a"]) == {
        "anyOf": [named, {"items": named}]
    }
    assert label == {"properties": {"label": {"type": "string"}, "score": {}}}
