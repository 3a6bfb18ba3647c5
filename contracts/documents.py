"""Reads and writes the JSON documents that rooms exchange, as frozen dataclasses.

A document, and each object in it, is a subclass of `Record`. Its fields are text, numbers, enums, other records,
tuples, mappings and `Any`. A field without a default must be in the document and is always written. A field with a
default may be missing, and is left out where it has its default, unless it is marked `ALWAYS`. Fields that this version
does not know stay in `extra` and are written again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Self,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

MAX_SHOWN_CHARACTERS = 80
REMEDY = "Drop the data again, so that this version of Traindrop writes it anew."


class _Marker(Enum):
    ALWAYS = "always"
    ABSENT = "absent"


ALWAYS: Final = _Marker.ALWAYS
"""In `Annotated`: the field is written even where it has its default."""
ABSENT: Final = _Marker.ABSENT
"""The default of a field of type `Any` in which null is a value."""


@dataclass(frozen=True)
class Limits:
    """In `Annotated`: bounds for the JSON Schema, by its own keywords. Reading ignores them."""

    minimum: float | None = None
    maximum: float | None = None
    minItems: int | None = None  # noqa: N815
    maxItems: int | None = None  # noqa: N815


UNLIMITED = Limits()


class ContractError(ValueError):
    """A document lacks a field, or holds a wrong value. `path` is dotted, such as `compute.instance_types[1]`."""

    def __init__(self, document: str, path: str, expected: str, actual: str) -> None:
        where = f"{document}, {path}" if path else document
        super().__init__(f"{where}: expected {expected}; found {actual}. {REMEDY}")
        self.document, self.path, self.expected, self.actual = (
            document,
            path,
            expected,
            actual,
        )


@dataclass(frozen=True, kw_only=True)
class Record:
    """A JSON object with known fields. The mappings in it are not to be changed."""

    document: ClassVar[str] = ""
    """What error messages call the document; the class's own name where it is empty."""
    extra_pattern: ClassVar[str] = ""
    """For the JSON Schema: a pattern for the names in `extra`; their values are numbers."""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, content: object) -> Self:
        """From parsed JSON. Raises `ContractError`, which names the first wrong field."""
        return _Reader(cls.document or cls.__name__).record(cls, content, "")

    def write(self) -> dict[str, Any]:
        """For `json.dumps`: the fields in the order of the class, then `extra`."""
        content: dict[str, Any] = {}
        for member in members(type(self)):
            value = getattr(self, member.name)
            if member.always or value != member.default:
                content[member.name] = plain(value)
        return content | dict(self.extra)


@dataclass(frozen=True)
class Member:
    """A field of a record: its type without `Annotated`, and what `Annotated` and the default say of it."""

    name: str
    kind: Any
    description: str
    limits: Limits
    default: Any
    """`dataclasses.MISSING` where the document must have the field."""
    always: bool

    @property
    def required(self) -> bool:
        return self.default is MISSING


_MEMBERS: dict[type[Record], tuple[Member, ...]] = {}


def members(record: type[Record]) -> tuple[Member, ...]:
    """The fields of a record, without `extra`."""
    if record not in _MEMBERS:
        hints = get_type_hints(record, include_extras=True)
        declared = [item for item in fields(record) if item.name != "extra"]
        _MEMBERS[record] = tuple(_member(item, hints[item.name]) for item in declared)
    return _MEMBERS[record]


def _member(declared: Field[Any], hint: Any) -> Member:
    default = (
        declared.default
        if declared.default_factory is MISSING
        else declared.default_factory()
    )
    kind, notes = unwrap(hint)
    description = "".join(note for note in notes if isinstance(note, str))
    return Member(
        declared.name, kind, description, limits_in(notes), default, ALWAYS in notes
    )


@cache
def unwrap(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """A type hint without `Annotated`, and the notes of it."""
    if get_origin(hint) is Annotated:
        kind, *notes = get_args(hint)
        return kind, tuple(notes)
    return hint, ()


def limits_in(notes: tuple[Any, ...]) -> Limits:
    return next((note for note in notes if isinstance(note, Limits)), UNLIMITED)


@cache
def without_none(kind: Any) -> Any:
    """`X` of `X | None`, the only unions that records have; any other type as it is."""
    if get_origin(kind) not in (Union, UnionType):
        return kind
    (inner,) = [choice for choice in get_args(kind) if choice is not NoneType]
    return inner


def plain(value: Any) -> Any:
    """Records, enums, mappings and tuples as JSON has them."""
    if isinstance(value, Record):
        return value.write()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


_SCALARS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}
R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class _Reader:
    """Reads the values of one document, which is named in errors."""

    document: str

    def record(self, record: type[R], content: object, path: str) -> R:
        entries = dict(self._object(content, path))
        values: dict[str, Any] = {}
        for member in members(record):
            member_path = f"{path}.{member.name}" if path else member.name
            if member.name in entries:
                values[member.name] = self.value(
                    member.kind, entries.pop(member.name), member_path
                )
            elif member.required:
                raise ContractError(
                    self.document, member_path, _expected(member.kind), "none"
                )
        return record(**values, extra=entries)

    def value(self, hint: Any, value: Any, path: str) -> Any:
        """The value as its type hint has it: lists as tuples, objects as records."""
        optional, _ = unwrap(hint)
        kind, _ = unwrap(without_none(optional))
        if kind is Any or (value is None and kind is not optional):
            return value
        if get_origin(kind) is tuple:
            return tuple(self._items(get_args(kind), value, path))
        if get_origin(kind) is Mapping:
            items = self._object(value, path).items()
            return {
                name: self.value(get_args(kind)[1], item, f"{path}.{name}")
                for name, item in items
            }
        return self._of_class(kind, value, path)

    def _of_class(self, kind: type, value: Any, path: str) -> Any:
        if issubclass(kind, Record):
            return self.record(kind, value, path)
        if issubclass(kind, Enum):
            return self._member_of(kind, value, path)
        if not _is_scalar(kind, value):
            raise self._wrong(kind, value, path)
        return value

    def _items(self, kinds: tuple[Any, ...], value: Any, path: str) -> Iterator[Any]:
        if not isinstance(value, list | tuple):
            raise self._wrong(tuple, value, path)
        item_kinds = [kinds[0]] * len(value) if kinds[-1] is Ellipsis else list(kinds)
        if len(item_kinds) != len(value):
            raise ContractError(
                self.document,
                path,
                f"a list of {len(item_kinds)}",
                f"one of {len(value)}",
            )
        for index, (kind, item) in enumerate(zip(item_kinds, value, strict=True)):
            yield self.value(kind, item, f"{path}[{index}]")

    def _object(self, value: object, path: str) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self._wrong(Mapping, value, path)
        return value

    def _member_of(self, kind: type[Enum], value: Any, path: str) -> Enum:
        try:
            return kind(value)
        except ValueError:
            raise self._wrong(kind, value, path) from None

    def _wrong(self, kind: Any, value: object, path: str) -> ContractError:
        return ContractError(self.document, path, _expected(kind), _shown(value))


def _is_scalar(kind: type, value: object) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is kind or (kind is str and isinstance(value, str))


def _expected(hint: Any) -> str:
    optional, _ = unwrap(hint)
    kind, _ = unwrap(without_none(optional))
    if kind is not optional:
        return f"{_expected(kind)} or null"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"one of {', '.join(str(member.value) for member in kind)}"
    if kind is tuple or get_origin(kind) is tuple:
        return "a list"
    return "a value" if kind is Any else _SCALARS.get(kind, "an object")


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return (
        text
        if len(text) <= MAX_SHOWN_CHARACTERS
        else f"{text[: MAX_SHOWN_CHARACTERS - 1]}…"
    )
