"""JSON Schemas of requests and answers: the parts that all tasks share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}


def list_of(item: Schema) -> Schema:
    """A list that is not empty."""
    return {"type": "array", "minItems": 1, "items": item}


def one_or_many(item: Schema = TEXT) -> Schema:
    return {"anyOf": [item, list_of(item)]}


def request(
    inputs: Schema,
    parameters: Mapping[str, Schema],
    more: Mapping[str, Schema] | None = None,
) -> Schema:
    """`{"inputs": …, "parameters": {…}}`, fields of the body beside them, and nothing else."""
    parameters_schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": dict(parameters),
    }
    return {
        "type": "object",
        "required": ["inputs"],
        "additionalProperties": False,
        "properties": {
            "inputs": inputs,
            "parameters": parameters_schema,
            **(more or {}),
        },
    }
