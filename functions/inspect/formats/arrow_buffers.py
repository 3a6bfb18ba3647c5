"""How large the compressed buffers of an Arrow file say they are: Arrow unpacks all of a record batch at once.

Each message of a file is described by a FlatBuffers table (https://arrow.apache.org/docs/format/Columnar.html,
`Message.fbs` and `File.fbs` of its sources): where its buffers lie, and whether they are compressed. A compressed
buffer begins with its unpacked size, which Arrow allocates and holds it to.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

MAX_BATCH_BYTES = 384 * 2**20
"""Writers make batches of 65,536 rows; some make one of a whole table."""
_MAX_BUFFERS = 2_000_000
"""Each takes a microsecond or two, and descriptions may overlap."""
_CONTINUATION = 0xFFFFFFFF
_TAIL = struct.Struct("<i6s")
"""The footer's length and the file's magic number."""
_BLOCK = struct.Struct("<qi4xq")
"""Of the footer: where a message begins, and the lengths of its description and of its body."""
_BUFFER = struct.Struct("<qq")
"""Where a buffer begins in the body, and its length."""
_SIZE = struct.Struct("<q")
_NOT_COMPRESSED = -1
# Fields of Footer, Message, DictionaryBatch and RecordBatch.
_DICTIONARIES, _RECORD_BATCHES = 2, 3
_HEADER_KIND, _HEADER, _BODY_LENGTH = 1, 2, 3
_DATA = 1
_BUFFERS, _COMPRESSION = 2, 3
# Kinds of headers.
_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3


def unpacked_sizes(path: str, is_stream: bool) -> Iterator[int]:
    """Of every batch with compressed buffers, in bytes. Raises `ValueError` where the file is no Arrow file."""
    with (
        Path(path).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        messages = _stream(content) if is_stream else _blocks(content)
        buffers = 0
        try:
            for start, body in messages:
                sizes = _unpacked_buffers(content, start, body)
                buffers += len(sizes)
                yield sum(sizes)
                if buffers > _MAX_BUFFERS:
                    raise ValueError(f"more than {_MAX_BUFFERS:,} buffers")
        except (struct.error, OverflowError) as error:
            raise ValueError(f"a description of a batch: {error}") from error


def _stream(content: mmap.mmap) -> Iterator[tuple[int, int]]:
    """Where the description of each message begins, and where its body does."""
    position = 0
    while position < len(content):
        start, length = _prefix(content, position)
        if length == 0:
            return
        body = start + length
        yield start, body
        position = body + _Table.root(content, start).number(_BODY_LENGTH, "<q")
        if position < body:
            raise ValueError("a body of less than nothing")


def _blocks(content: mmap.mmap) -> Iterator[tuple[int, int]]:
    end = len(content) - _TAIL.size
    size, _ = _TAIL.unpack_from(content, max(0, end))
    footer = _Table.root(content, max(0, end - size))
    for field in (_DICTIONARIES, _RECORD_BATCHES):
        for offset, length, _ in footer.structs(field, _BLOCK):
            start, _ = _prefix(content, offset)
            yield start, offset + length


def _prefix(content: mmap.mmap, position: int) -> tuple[int, int]:
    """Where a description begins, and its length; files of before Arrow 0.15 have no mark in front of it."""
    (length,) = _values(content, "<I", position)
    if length != _CONTINUATION:
        return position + 4, length
    (length,) = _values(content, "<I", position + 4)
    return position + 8, length


def _unpacked_buffers(content: mmap.mmap, start: int, body: int) -> list[int]:
    """The unpacked size of each buffer of a compressed batch; empty for everything else."""
    message = _Table.root(content, start)
    kind = message.number(_HEADER_KIND, "<B")
    if kind not in {_DICTIONARY_BATCH, _RECORD_BATCH}:
        return []
    batch = message.table(_HEADER)
    if batch is not None and kind == _DICTIONARY_BATCH:
        batch = batch.table(_DATA)
    if batch is None or batch.table(_COMPRESSION) is None:
        return []
    sizes: list[int] = []
    for offset, length in batch.structs(_BUFFERS, _BUFFER):
        if length > 0:
            (size,) = _values(content, _SIZE.format, body + offset)
            sizes.append(length if size == _NOT_COMPRESSED else max(0, size))
    return sizes


def _values(content: mmap.mmap, form: str, position: int) -> tuple[int, ...]:
    if position < 0:
        raise ValueError("a position before the beginning of the file")
    return struct.unpack_from(form, content, position)


class _Table:
    """A table of FlatBuffers: its fields by number, absent ones as null."""

    def __init__(self, content: mmap.mmap, position: int) -> None:
        self._content, self._position = content, position
        (distance,) = _values(content, "<i", position)
        self._fields = position - distance
        (self._fields_bytes,) = _values(content, "<H", self._fields)

    @classmethod
    def root(cls, content: mmap.mmap, start: int) -> _Table:
        (offset,) = _values(content, "<I", start)
        return cls(content, start + offset)

    def number(self, field: int, form: str) -> int:
        place = self._place(field)
        return _values(self._content, form, place)[0] if place else 0

    def table(self, field: int) -> _Table | None:
        place = self._place(field)
        return _Table(self._content, self._target(place)) if place else None

    def structs(self, field: int, form: struct.Struct) -> Iterator[tuple[int, ...]]:
        """The items of a vector."""
        place = self._place(field)
        if not place:
            return
        vector = self._target(place)
        (count,) = _values(self._content, "<I", vector)
        for index in range(count):
            yield _values(self._content, form.format, vector + 4 + index * form.size)

    def _place(self, field: int) -> int:
        """Where a field's value is; 0 where the table has none."""
        entry = 4 + 2 * field
        if entry + 2 > self._fields_bytes:
            return 0
        (offset,) = _values(self._content, "<H", self._fields + entry)
        return self._position + offset if offset else 0

    def _target(self, place: int) -> int:
        return place + _values(self._content, "<I", place)[0]
