from __future__ import annotations

import fastjsonschema
import pytest

from contracts.problems import Problem
from tasks import get_task

TASK = get_task("fill-mask")


def test_a_row_is_a_plain_text() -> None:
    assert TASK.check_row({"text": " Rain fell. ", "label": "weather"}) == {
        "text": "Rain fell."
    }
    refused = TASK.check_row({"text": None})
    assert isinstance(refused, Problem)
    assert refused.column == "text"


def test_its_own_example_is_a_request_it_takes() -> None:
    validate = fastjsonschema.compile(TASK.request_schema)
    validate(
        {
            "inputs": TASK.example_inputs,
            "parameters": {"top_k": 2, "targets": ["Paris"]},
        }
    )
    with pytest.raises(fastjsonschema.JsonSchemaException):
        validate({"inputs": TASK.example_inputs, "parameters": {"top_k": 0}})
