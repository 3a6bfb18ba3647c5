"""Arrow's values as plain Python: str, int, float, bool, list, dict or None."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import pyarrow as pa

from contracts.problems import Problem
from functions.inspect.formats.base import UnreadableError
from functions.inspect.formats.labels import Naming, UnnamedLabelError

_AS_TEXT = (
    *(pa.types.is_temporal, pa.types.is_decimal, pa.types.is_binary, pa.types.is_large_binary),
    *(pa.types.is_binary_view, pa.types.is_fixed_size_binary),
)
_AS_IS = (
    *(pa.types.is_null, pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating),
    *(pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
)


class Cells:
    """One column: how its values are made plain."""

    def __init__(self, field: Any, naming: Naming | None) -> None:
        self.name: str = field.name
        self.named = naming is not None
        self._type = field.type
        self._target = plain_type(field.type)
        # A missing number is written as NaN by whoever has no null for it.
        steps = [_without_nan if _has_floats(field.type) else None, naming]
        self._steps = [step for step in steps if step]

    @property
    def readable(self) -> bool:
        return self._target is not None

    def require_readable(self) -> None:
        """Raises `UnreadableError` for types that have no plain form."""
        if not self.readable:
            raise self._unreadable(f"the type {self._type}")

    def plain(self, array: Any) -> Any:
        """The array in a type whose values are plain."""
        try:
            if pa.types.is_timestamp(array.type) and array.type.tz:  # as text it would need the zone's rules
                array = array.cast(pa.timestamp(array.type.unit))
            return array if array.type == self._target else array.cast(self._target)
        except pa.ArrowException as error:
            raise self._unreadable(f"values of the type {self._type} that are none of these") from error

    def values(self, array: Any) -> list[Any]:
        """The values; in place of one that names no label there is a `Problem`."""
        found: list[Any] = array.to_pylist(maps_as_pydicts="lossy")
        return [self._finished(value) for value in found] if self._steps else found

    def _finished(self, value: Any) -> Any:
        try:
            return reduce(lambda part, step: step(part), self._steps, value)
        except UnnamedLabelError as error:
            expected = f"a label from 0 to {error.names - 1:,}, as the file's features name them"
            return Problem(expected, f"the number {error.number:,}", "Correct the number, or name the label.")

    def _unreadable(self, found: str) -> UnreadableError:
        remedy = "Save the column as text, or write the table as CSV."
        return UnreadableError(Problem("text, numbers, lists or objects", found, remedy, column=self.name))


def plain_type(kind: Any) -> Any:
    """The type to cast to for plain values; None where there is none."""
    if any(is_kind(kind) for is_kind in _AS_TEXT):
        return pa.large_string() if pa.types.is_large_binary(kind) else pa.string()
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return plain_type(kind.storage_type)
    if any(is_kind(kind) for is_kind in _AS_IS):
        return kind
    return _plain_container(kind)


def _plain_container(kind: Any) -> Any:
    parts = [kind.field(i) for i in range(kind.num_fields)]
    if pa.types.is_map(kind):
        parts = [pa.field("key", kind.key_type), pa.field("value", kind.item_type)]
    plain = [plain_type(part.type) for part in parts]
    same_names = pa.types.is_struct(kind) and len({part.name for part in parts}) < len(parts)
    if same_names or any(part is None for part in plain):
        return None
    if plain == [part.type for part in parts]:
        return kind if _is_container(kind) else None
    return next((build(kind, plain) for is_kind, build in _REBUILT if is_kind(kind)), None)


_REBUILT: tuple[tuple[Callable[[Any], bool], Callable[[Any, list[Any]], Any]], ...] = (
    (pa.types.is_list, lambda kind, plain: pa.list_(plain[0])),
    (pa.types.is_large_list, lambda kind, plain: pa.large_list(plain[0])),
    (pa.types.is_fixed_size_list, lambda kind, plain: pa.list_(plain[0], kind.list_size)),
    (pa.types.is_map, lambda kind, plain: pa.map_(*plain)),
    (
        pa.types.is_struct,
        lambda kind, plain: pa.struct([(kind.field(i).name, part) for i, part in enumerate(plain)]),
    ),
)


def _is_container(kind: Any) -> bool:
    return bool(pa.types.is_nested(kind) and not pa.types.is_union(kind) and not pa.types.is_run_end_encoded(kind))


def _has_floats(kind: Any) -> bool:
    if isinstance(kind, pa.BaseExtensionType):
        return _has_floats(kind.storage_type)
    if pa.types.is_dictionary(kind):
        return _has_floats(kind.value_type)
    return bool(pa.types.is_floating(kind)) or any(_has_floats(kind.field(i).type) for i in range(kind.num_fields))


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, list):
        return [_without_nan(part) for part in value]
    return {key: _without_nan(part) for key, part in value.items()} if isinstance(value, dict) else value


def size_of(value: Any) -> int:
    """Characters of the texts in a value, and one for every other part."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(map(size_of, value))
    return sum(len(key) + size_of(part) for key, part in value.items()) if isinstance(value, dict) else 1
