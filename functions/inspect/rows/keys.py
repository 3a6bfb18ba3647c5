"""Keys of many rows at once: what rows repeat and contradict, counted on whole Arrow arrays.

A key is 53 bits of the content's hash and 11 bits of the class's id (`spool.key_of`). Sorted keys put the rows of one
content side by side, by class. They are read in ranges of their leading bits, so that memory holds one range at a time.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

CLASS_BITS = 11
CLASS_MASK: int = (1 << CLASS_BITS) - 1
"""Also the id that all classes share which are too many to tell apart; no task allows so many."""
KEY_BITS = 64
RANGE_ROWS = 2**23
"""Rows of a range, about: 40 bytes of memory each."""
INDEX_BITS = 12
"""Leading bits of a key by which ranges are found: at most 4,096 ranges."""

Keys = Any
"""An Arrow array of 64-bit integers."""
Range = tuple[int, int]
"""The first value of the leading `INDEX_BITS` in a range, and the first behind it."""


def ranges(rows: int) -> list[Range]:
    """Ranges of about `RANGE_ROWS` of so many rows, which cover all keys in rising order."""
    whole = 1 << INDEX_BITS
    count = min(whole, max(1, -(-rows // RANGE_ROWS)))
    starts = [whole * place // count for place in range(count + 1)]
    return list(pairwise(starts))


def key_range(bounds: Range) -> Range:
    """The first key of a range, and the first behind it."""
    start, end = bounds
    return start << (KEY_BITS - INDEX_BITS), end << (KEY_BITS - INDEX_BITS)


def within(keys: Keys, bounds: Range) -> Keys:
    """The keys of a range, of sorted ones."""
    start, end = (
        bisect_left(keys, bound, key=lambda key: key.as_py())
        for bound in key_range(bounds)
    )
    return keys.slice(start, end - start)


def as_keys(values: array[int]) -> Keys:
    """The array's own memory, as Arrow reads it."""
    import pyarrow as pa  # noqa: PLC0415 - large

    kind = pa.uint64() if values.typecode == "Q" else pa.uint32()
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def sort(keys: Keys) -> Keys:
    import pyarrow.compute as pc  # noqa: PLC0415 - large

    return keys.take(pc.sort_indices(keys))


def joined(parts: Iterable[Keys]) -> Keys:
    """The arrays one after the other."""
    import pyarrow as pa  # noqa: PLC0415 - large

    return pa.concat_arrays([*parts, pa.array([], pa.uint64())])


def contents(keys: Keys) -> Keys:
    import pyarrow as pa  # noqa: PLC0415 - large
    import pyarrow.compute as pc  # noqa: PLC0415 - large

    return pc.shift_right(keys, pa.scalar(CLASS_BITS, pa.uint64()))


def classes(keys: Keys) -> Keys:
    import pyarrow as pa  # noqa: PLC0415 - large
    import pyarrow.compute as pc  # noqa: PLC0415 - large

    return pc.bit_wise_and(keys, pa.scalar(CLASS_MASK, pa.uint64()))


def are_in(values: Keys, others: Keys) -> Any:
    """Of each value, whether it is among `others`: an Arrow array of bits."""
    import pyarrow.compute as pc  # noqa: PLC0415 - large

    return pc.is_in(values, value_set=others)


def split(keys: Keys, among: Keys) -> tuple[Keys, Keys]:
    """The keys whose content is not among those of `among`, and those whose content is."""
    import pyarrow.compute as pc  # noqa: PLC0415 - large

    if not len(keys) or not len(among):
        return keys, keys.slice(0, 0)
    is_there = are_in(contents(keys), among)
    return keys.filter(pc.invert(is_there)), keys.filter(is_there)


def distinct(values: Keys) -> Keys:
    """Each value of a sorted array once."""
    return _runs(values).values


def counted(values: Keys) -> Counter[int]:
    import pyarrow.compute as pc  # noqa: PLC0415 - large

    return Counter(
        {item["values"]: item["counts"] for item in pc.value_counts(values).to_pylist()}
    )


def _runs(values: Keys) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - large
    import pyarrow.compute as pc  # noqa: PLC0415 - large

    return pc.run_end_encode(values, run_end_type=pa.int64())


@dataclass(frozen=True)
class Groups:
    """The rows of each content, by rising content: parallel Arrow arrays."""

    contents: Keys
    rows: Any
    classes: Keys
    are_disputed: Any
    """Whether the rows of a content have several classes; `classes` is the least one then."""

    @classmethod
    def of(cls, keys: Keys) -> Groups:
        """`keys` are sorted, and all rows of a content are among them."""
        import pyarrow as pa  # noqa: PLC0415 - large
        import pyarrow.compute as pc  # noqa: PLC0415 - large

        runs = _runs(contents(keys))
        ends = runs.run_ends
        starts = pa.concat_arrays([pa.array([0], pa.int64()), ends[:-1]])[: len(ends)]
        first, last = keys.take(starts), keys.take(pc.subtract(ends, 1))
        return cls(
            runs.values,
            pc.subtract(ends, starts),
            classes(first),
            pc.not_equal(first, last),
        )

    @property
    def undisputed(self) -> Groups:
        import pyarrow.compute as pc  # noqa: PLC0415 - large

        return self._filtered(pc.invert(self.are_disputed))

    def without(self, contents: Keys, bound: int) -> Groups:
        """Those below `bound` whose content is not among these."""
        import pyarrow as pa  # noqa: PLC0415 - large
        import pyarrow.compute as pc  # noqa: PLC0415 - large

        is_below = pc.less(self.contents, pa.scalar(bound, pa.uint64()))
        is_other = pc.invert(are_in(self.contents, contents))
        return self._filtered(pc.and_(is_below, is_other))

    def among(self, contents: Keys) -> Groups:
        """Those whose content is among these."""
        return self._filtered(are_in(self.contents, contents))

    def of_classes(self, ids: Iterable[int]) -> Groups:
        import pyarrow as pa  # noqa: PLC0415 - large

        return self._filtered(are_in(self.classes, pa.array([*ids], pa.uint64())))

    def _filtered(self, mask: Any) -> Groups:
        return Groups(
            self.contents.filter(mask),
            self.rows.filter(mask),
            self.classes.filter(mask),
            self.are_disputed.filter(mask),
        )

    def slice(self, start: int, length: int) -> Groups:
        return Groups(
            self.contents.slice(start, length),
            self.rows.slice(start, length),
            self.classes.slice(start, length),
            self.are_disputed.slice(start, length),
        )

    def __len__(self) -> int:
        return len(self.contents)

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """Content, class and rows of each group."""
        return zip(
            self.contents.to_pylist(),
            self.classes.to_pylist(),
            self.rows.to_pylist(),
            strict=True,
        )


def to_bytes(keys: Keys) -> bytes:
    """The keys as the machine holds them, without the rest of the memory that they are a slice of."""
    if not len(keys):
        return b""
    width = keys.type.bit_width // 8
    start = keys.offset * width
    return bytes(memoryview(keys.buffers()[1])[start : start + len(keys) * width])


def with_classes(keys: Keys, ids: Keys, dropped: int, *others: Keys) -> list[Keys]:
    """Keys whose class is the one at the old class's place in `ids`, and other arrays of the same rows; both without
    the rows whose class becomes `dropped`."""
    import pyarrow as pa  # noqa: PLC0415 - large
    import pyarrow.compute as pc  # noqa: PLC0415 - large

    new = ids.take(classes(keys))
    is_kept = pc.not_equal(new, pa.scalar(dropped, pa.uint64()))
    contents_bits = pa.scalar((1 << KEY_BITS) - 1 - CLASS_MASK, pa.uint64())
    translated = pc.bit_wise_or(pc.bit_wise_and(keys, contents_bits), new)
    return [values.filter(is_kept) for values in (translated, *others)]
