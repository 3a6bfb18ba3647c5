"""The JSON Schema of a document, from its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from enum import Enum
from typing import Any, get_args, get_origin

from contracts.documents import (
    UNLIMITED,
    Limits,
    Member,
    Record,
    limits_in,
    members,
    unwrap,
    without_none,
)

Schema = dict[str, Any]

_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean"}


def schema_of(record: type[Record]) -> Schema:
    """The schema of a JSON object. Only the names of its fields, and those of `extra_pattern`, are allowed in it."""
    schema: Schema = {
        "type": "object",
        "description": " ".join((record.__doc__ or "").split()),
        "properties": {member.name: _property(member) for member in members(record)},
        "required": [member.name for member in members(record) if member.required],
        "additionalProperties": False,
    }
    if record.extra_pattern:
        schema["patternProperties"] = {record.extra_pattern: {"type": "number"}}
    return schema


def _property(member: Member) -> Schema:
    """A field that is left out where it is None is never null."""
    kind = (
        member.kind if member.required or member.always else without_none(member.kind)
    )
    return _schema(kind, member.limits, member.description)


def _schema(hint: Any, limits: Limits = UNLIMITED, description: str = "") -> Schema:
    """The description stands outside of `anyOf`, where readers of a schema look for it."""
    kind, notes = unwrap(hint)
    inner = without_none(kind)
    if inner == kind:
        return (
            _type(kind)
            | _keywords(limits_in(notes))
            | _keywords(limits)
            | _described(description)
        )
    schema = _schema(inner, limits)
    own = schema.pop("description", "")
    return _described(description or own) | {"anyOf": [schema, {"type": "null"}]}


def _described(text: str) -> Schema:
    return {"description": text} if text else {}


def _keywords(limits: Limits) -> Schema:
    return {name: value for name, value in asdict(limits).items() if value is not None}


def _type(kind: Any) -> Schema:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return {}
    if origin is Mapping:
        values = _schema(arguments[1])
        return {"type": "object"} | ({"additionalProperties": values} if values else {})
    if origin is tuple:
        return _array(arguments)
    if issubclass(kind, Record):
        return schema_of(kind)
    if issubclass(kind, Enum):
        return {"type": "string", "enum": [member.value for member in kind]}
    return {"type": _SCALARS[kind]}


def _array(kinds: tuple[Any, ...]) -> Schema:
    items = {"type": "array", "items": _schema(kinds[0])}
    return (
        items
        if kinds[-1] is Ellipsis
        else items | {"minItems": len(kinds), "maxItems": len(kinds)}
    )
