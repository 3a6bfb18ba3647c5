"""What violates a JSON Schema, in words: for the bodies of calls and for settings files."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import fastjsonschema

from functions.common.text import nearest

Schema = Mapping[str, Any]

_SHOWN = 60
_NOTHING = object()
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "object": (dict,),
    "array": (list,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


@dataclass(frozen=True)
class SchemaViolation:
    """One field that violates its schema. `names` are those an object takes, where `field` is none of them."""

    field: str
    schema: Schema
    value: Any
    names: tuple[str, ...] = ()
    instead: str | None = None
    """Of a missing field: one of nearly its name that is there, and should not be."""

    @property
    def is_unknown(self) -> bool:
        return bool(self.names)

    @property
    def is_missing(self) -> bool:
        return self.value is _NOTHING

    @property
    def key(self) -> str:
        return self.field.rpartition(".")[2]

    @property
    def expected(self) -> str:
        return (
            f"one of {', '.join(self.names)}"
            if self.is_unknown
            else describe(self.schema)
        )

    @property
    def actual(self) -> str:
        if self.is_missing:
            return f"{self.instead!r} instead" if self.instead else "nothing"
        return show(self.value)

    @property
    def nearest(self) -> str | None:
        return nearest(self.key, list(self.names))

    def __str__(self) -> str:
        if self.is_unknown:
            hint = (
                f"did you mean {self.nearest!r}?"
                if self.nearest
                else f"expected {self.expected}"
            )
            return f"there is no such field; {hint}"
        return f"expected {self.expected}; found {self.actual}"


def violations(schema: Schema, value: Any, path: str = "") -> Iterator[SchemaViolation]:
    """The innermost fields that break the schema; alternatives are told apart by the value's type, objects also by
    the fields that are there."""
    fitting = [
        alternative
        for alternative in schema.get("anyOf", [])
        if is_type(alternative, value)
    ]
    if len(fitting) > 1 and isinstance(value, dict):
        fitting = [
            alternative
            for alternative in fitting
            if _has_right_fields(alternative, value)
        ]
    if len(fitting) == 1:
        yield from violations(fitting[0], value, path)
        return
    inner = list(_inside(schema, value, path)) if is_type(schema, value) else []
    yield from inner
    if not inner and not holds(schema, value):
        yield SchemaViolation(path, schema, value)


def _has_right_fields(schema: Schema, value: dict[str, Any]) -> bool:
    fields: Schema = schema.get("properties", {})
    return any(key in fields for key in value) and all(
        holds(fields[key], value[key]) for key in value if key in fields
    )


def _inside(schema: Schema, value: Any, path: str) -> Iterator[SchemaViolation]:
    if isinstance(value, dict):
        yield from _in_object(schema, value, path)
    elif isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            yield from violations(schema["items"], item, f"{path}[{i}]")


def _in_object(
    schema: Schema, value: dict[str, Any], path: str
) -> Iterator[SchemaViolation]:
    prefix = f"{path}." if path else ""
    properties: Schema = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for key in schema.get("required", []):
        if key not in value:
            strange = (
                [name for name in value if name not in properties]
                if others is False
                else []
            )
            yield SchemaViolation(
                prefix + key,
                properties.get(key, {}),
                _NOTHING,
                instead=nearest(key, strange),
            )
    for key, field in value.items():
        if key in properties:
            yield from violations(properties[key], field, prefix + key)
        elif others is False:
            yield SchemaViolation(
                prefix + key, {}, field, tuple(properties) or ("nothing",)
            )
        elif isinstance(others, Mapping):
            yield from violations(others, field, prefix + key)


def holds(schema: Schema, value: Any) -> bool:
    try:
        _compiled(json.dumps(schema))(value)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True


@lru_cache(maxsize=256)
def _compiled(schema: str) -> Callable[[Any], Any]:
    compiled: Callable[[Any], Any] = fastjsonschema.compile(
        json.loads(schema), use_default=False
    )
    return compiled


def is_type(schema: Schema, value: Any) -> bool:
    kind = schema.get("type")
    if kind is None:
        return True
    kinds = kind if isinstance(kind, list) else [kind]
    is_flag = isinstance(value, bool)
    return any(
        isinstance(value, _TYPES[k]) and (k == "boolean" or not is_flag) for k in kinds
    )


def describe(schema: Schema) -> str:
    """A schema in words: its own in `x-noun`, if it has any."""
    if "x-noun" in schema:
        return str(schema["x-noun"])
    if "anyOf" in schema:
        return _either(schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(json.dumps(value) for value in schema["enum"])
    kind = str(schema.get("type"))
    return _NOUNS[kind](schema) if kind in _NOUNS else kind


def _either(alternatives: Sequence[Schema]) -> str:
    """`a, b, or a list of these`: a list of what may stand alone is not described anew."""
    alone: dict[str, None] = {}
    for alternative in alternatives:
        if not _is_list(alternative):
            alone[describe(alternative)] = None
    lists = set()
    for alternative in alternatives:
        if _is_list(alternative):
            lists.add(_list_beside(alternative, alone))
    *words, last = [*alone, *sorted(lists)]
    if not words:
        return last
    comma = "," if len(words) > 1 else ""
    return f"{', '.join(words)}{comma} or {last}"


def _list_beside(schema: Schema, alone: Collection[str]) -> str:
    """`a list of these` where it holds just what may stand alone, else the description of the list."""
    of_items = {describe(choice) for choice in _choices(schema)}
    if alone and of_items == {*alone}:
        return "a list of these"
    return describe(schema)


def _is_list(schema: Schema) -> bool:
    return schema.get("type") == "array" and "items" in schema


def _choices(schema: Schema) -> Sequence[Schema]:
    items: Schema = schema["items"]
    choices: Sequence[Schema] = items.get("anyOf", [items])
    return choices


def _text(schema: Schema) -> str:
    return "a text that is not empty" if schema.get("minLength") else "a text"


def _list(schema: Schema) -> str:
    size = "a list that is not empty" if schema.get("minItems") else "a list"
    return f"{size}, each {describe(schema['items'])}" if "items" in schema else size


def _object(schema: Schema) -> str:
    fields = schema.get("required") or list(schema.get("properties", {}))
    if not fields:
        return "an object"
    *first, last = fields
    before = f"{', '.join(first)} and " if first else ""
    return f"an object with {before}{last}"


def _number(schema: Schema) -> str:
    noun = "a whole number" if schema["type"] == "integer" else "a number"
    least, most = schema.get("minimum"), schema.get("maximum")
    limits = [f"at least {least}"] if least is not None else []
    limits += [f"at most {most}"] if most is not None else []
    return f"{noun} of {' and '.join(limits)}" if limits else noun


_NOUNS: dict[str, Callable[[Schema], str]] = {
    "string": _text,
    "array": _list,
    "object": _object,
    "integer": _number,
    "number": _number,
    "boolean": lambda _: "true or false",
}


def show(value: Any) -> str:
    if isinstance(value, dict | list) and value:
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
