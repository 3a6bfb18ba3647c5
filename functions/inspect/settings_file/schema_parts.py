"""What the schema of a settings file is made of."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def object_of(description: str, properties: dict[str, Schema], **more: Any) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
        "x-noun": "settings, each `key: value`, indented",
        **more,
    }


def text(description: str, example: str, **more: Any) -> Schema:
    return {
        "type": "string",
        "minLength": 1,
        "description": description,
        "examples": [example],
        **more,
    }


def number(
    kind: str, description: str, example: float, default: str, **more: Any
) -> Schema:
    return {
        "type": kind,
        **more,
        "description": description,
        "examples": [example],
        "x-default": default,
    }
