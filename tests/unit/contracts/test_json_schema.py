from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from contracts.documents import ALWAYS, Limits, Record, without_none
from contracts.json_schema import schema_of

Share = Annotated[float, Limits(minimum=0, maximum=1)]


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Child(Record):
    """One part."""

    extra_pattern: ClassVar[str] = "^x_"

    colour: Colour


@dataclass(frozen=True)
class Whole(Record):
    """Several
    parts."""

    name: Annotated[str, "What to call it."]
    share: Share | None
    piece: Annotated[Child | None, ALWAYS] = None
    parts: Annotated[tuple[Child, ...], "All of them.", Limits(maxItems=2)] = ()
    pair: tuple[int, bool] | None = None
    by_name: Mapping[str, Any] | None = None


CHILD = {
    "type": "object",
    "description": "One part.",
    "properties": {"colour": {"type": "string", "enum": ["red"]}},
    "required": ["colour"],
    "additionalProperties": False,
    "patternProperties": {"^x_": {"type": "number"}},
}
OR_NULL = {name: value for name, value in CHILD.items() if name != "description"}


def test_a_record_is_described_by_its_types_and_texts() -> None:
    assert schema_of(Whole) == {
        "type": "object",
        "description": "Several parts.",
        "properties": {
            "name": {"type": "string", "description": "What to call it."},
            "share": {
                "anyOf": [
                    {"type": "number", "minimum": 0, "maximum": 1},
                    {"type": "null"},
                ]
            },
            "piece": {"description": "One part.", "anyOf": [OR_NULL, {"type": "null"}]},
            "parts": {
                "type": "array",
                "items": CHILD,
                "maxItems": 2,
                "description": "All of them.",
            },
            "pair": {
                "type": "array",
                "items": {"type": "integer"},
                "minItems": 2,
                "maxItems": 2,
            },
            "by_name": {"type": "object"},
        },
        "required": ["name", "share"],
        "additionalProperties": False,
    }


@dataclass(frozen=True)
class Shelf(Record):
    boxes: Mapping[str, tuple[int, ...]]


def test_a_type_that_equals_another_has_a_schema() -> None:
    """Equal types may be two objects, of which a cache returns the first."""
    without_none(Mapping[str, tuple[int, ...]])
    boxes = schema_of(Shelf)["properties"]["boxes"]
    assert boxes["additionalProperties"]["items"] == {"type": "integer"}
