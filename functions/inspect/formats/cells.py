"""Arrow's values as plain Python: str, int, float, bool, list, dict or None."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

import pyarrow as pa

from contracts.problems import Problem
from functions.inspect.formats.base import UnreadableError
from functions.inspect.formats.labels import Naming, UnnamedLabelError

_TYPES_AS_TEXT = (
    pa.types.is_temporal,
    pa.types.is_decimal,
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_binary_view,
    pa.types.is_fixed_size_binary,
)
_PLAIN_TYPES = (
    pa.types.is_null,
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
)


class Cells:
    """One column: how its values are made plain."""

    def __init__(self, field: pa.Field, naming: Naming | None) -> None:
        self.name: str = field.name
        self.named = naming is not None
        self._type = field.type
        self._target = plain_type(field.type)
        self._steps: list[Naming] = []
        if _has_floats(field.type):
            # A missing number is written as NaN by whoever has no null for it.
            self._steps.append(_without_nan)
        if naming:
            self._steps.append(naming)

    @property
    def readable(self) -> bool:
        return self._target is not None

    @property
    def holds_texts(self) -> bool:
        """Whether every value is a text or missing, and stays as it is."""
        is_text = self._target in (pa.string(), pa.large_string())
        return is_text and not self._steps

    def require_readable(self) -> None:
        """Raises `UnreadableError` for types that have no plain form."""
        if not self.readable:
            raise self._unreadable(f"the type {self._type}")

    def plain(self, array: pa.Array) -> pa.Array:
        """The array in a type whose values are plain."""
        try:
            if pa.types.is_timestamp(array.type) and array.type.tz:
                # As text it would need the zone's rules.
                array = array.cast(pa.timestamp(array.type.unit))
            if array.type == self._target:
                return array
            return array.cast(self._target)
        except pa.ArrowException as error:
            raise self._unreadable(
                f"values of the type {self._type} that are none of these"
            ) from error

    def values(self, array: pa.Array) -> list[object]:
        """The values; in place of one that names no label there is a `Problem`."""
        values = cast(list[object], array.to_pylist(maps_as_pydicts="lossy"))
        if not self._steps:
            return values
        return [self._finished(value) for value in values]

    def _finished(self, value: object) -> object:
        try:
            for step in self._steps:
                value = step(value)
            return value
        except UnnamedLabelError as error:
            expected = f"a label from 0 to {error.names - 1:,}, as the file's features name them"
            return Problem(
                expected,
                f"the number {error.number:,}",
                "Correct the number, or name the label.",
            )

    def _unreadable(self, actual: str) -> UnreadableError:
        remedy = "Save the column as text, or write the table as CSV."
        return UnreadableError(
            Problem("text, numbers, lists or objects", actual, remedy, column=self.name)
        )


def plain_type(kind: pa.DataType) -> pa.DataType | None:
    """The type to cast to for plain values; None where there is none."""
    if pa.types.is_large_binary(kind):
        return pa.large_string()
    if any(is_kind(kind) for is_kind in _TYPES_AS_TEXT):
        return pa.string()
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return plain_type(kind.storage_type)
    if any(is_kind(kind) for is_kind in _PLAIN_TYPES):
        return kind
    return _plain_container(kind)


def _plain_container(kind: pa.DataType) -> pa.DataType | None:
    fields = _fields(kind)
    names = {field.name for field in fields}
    if pa.types.is_struct(kind) and len(names) < len(fields):
        return None
    inner_types = [field.type for field in fields]
    plain = [plain_type(inner) for inner in inner_types]
    if any(inner is None for inner in plain):
        return None
    if plain == inner_types:
        return kind if _is_container(kind) else None
    for is_kind, build in _CONTAINERS:
        if is_kind(kind):
            return build(kind, plain)
    return None


def _fields(kind: pa.DataType) -> list[pa.Field]:
    if pa.types.is_map(kind):
        return [pa.field("key", kind.key_type), pa.field("value", kind.item_type)]
    return [kind.field(index) for index in range(kind.num_fields)]


def _struct(kind: pa.DataType, plain: list[pa.DataType]) -> pa.DataType:
    names = [field.name for field in _fields(kind)]
    return pa.struct(list(zip(names, plain, strict=True)))


_CONTAINERS: tuple[
    tuple[
        Callable[[pa.DataType], bool],
        Callable[[pa.DataType, list[pa.DataType]], pa.DataType],
    ],
    ...,
] = (
    (pa.types.is_list, lambda kind, plain: pa.list_(plain[0])),
    (pa.types.is_large_list, lambda kind, plain: pa.large_list(plain[0])),
    (
        pa.types.is_fixed_size_list,
        lambda kind, plain: pa.list_(plain[0], kind.list_size),
    ),
    (pa.types.is_map, lambda kind, plain: pa.map_(*plain)),
    (pa.types.is_struct, _struct),
)
"""How a container is built again around plain types."""


def _is_container(kind: pa.DataType) -> bool:
    is_excluded = pa.types.is_union(kind) or pa.types.is_run_end_encoded(kind)
    return pa.types.is_nested(kind) and not is_excluded


def _has_floats(kind: pa.DataType) -> bool:
    if pa.types.is_floating(kind):
        return True
    if isinstance(kind, pa.BaseExtensionType):
        return _has_floats(kind.storage_type)
    if pa.types.is_dictionary(kind):
        return _has_floats(kind.value_type)
    inner_types = [kind.field(index).type for index in range(kind.num_fields)]
    return any(map(_has_floats, inner_types))


def _without_nan(value: object) -> object:
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    return value


def size_of(value: object) -> int:
    """Characters of the texts in a value, and one for every other value in it."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(map(size_of, value))
    if isinstance(value, dict):
        return sum(map(len, value)) + sum(map(size_of, value.values()))
    return 1
