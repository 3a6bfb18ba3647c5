from __future__ import annotations

import fastjsonschema
import pytest

from tasks.sequences import GENERATION, request_schema, response_schema, two_texts


@pytest.mark.parametrize("name", GENERATION)
def test_every_generation_parameter_is_checked_for_its_type(name: str) -> None:
    validate = fastjsonschema.compile(request_schema())
    validate(
        {"inputs": "a", "parameters": {name: GENERATION[name].get("minimum", 1) or 1}}
        if GENERATION[name]["type"] != "boolean"
        else {"inputs": "a", "parameters": {name: True}}
    )
    with pytest.raises(fastjsonschema.JsonSchemaException):
        validate({"inputs": "a", "parameters": {name: "many"}})


def test_a_response_names_its_field() -> None:
    validate = fastjsonschema.compile(response_schema("summary_text"))
    validate([{"summary_text": "short"}])
    with pytest.raises(fastjsonschema.JsonSchemaException):
        validate([{"generated_text": "short"}])


def test_the_first_text_that_is_missing_is_named() -> None:
    problem = two_texts("source", "target")({"source": "", "target": ""})
    assert problem.column == "source"  # type: ignore[union-attr]
