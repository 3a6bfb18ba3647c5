"""How large the pages of a Parquet file say they are: Arrow unpacks one whole, whatever is then taken of it.

The footer of a file, and the header of each page, are structures in Thrift's compact protocol
(https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift). They are read here because Arrow
tells no size of a page, and ends the process where it is asked about an encrypted column. Arrow holds a page to what
its header says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

MAX_PAGE_BYTES = 384 * 2**20
"""Writers make pages of one MiB; some make one of a whole row group."""
_SHORT_HEADER_BYTES = 2**9
_HEADER_BYTES = 2**16
"""More than a header takes, its statistics included, where cells are short enough to be read."""
_TAIL_BYTES = 8
"""The footer's length and the file's magic number."""
# Kinds of values.
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY = 0, 1, 2, 3, 7, 8
_LIST, _SET, _STRUCT = 9, 10, 12
_INTEGERS = frozenset({4, 5, 6})
# Fields of PageHeader, FileMetaData, RowGroup, ColumnChunk and ColumnMetaData.
_UNPACKED, _PACKED = 2, 3
_ROW_GROUPS, _COLUMNS, _META_DATA, _CRYPTO_META_DATA = 4, 1, 3, 8
_CHUNK_BYTES, _DATA_PAGE, _DICTIONARY_PAGE = 7, 9, 11
_MAX_DEPTH = 16


class PageError(ValueError):
    """A structure of the file cannot be read."""


def largest_page(file: BinaryIO) -> int:
    """The unpacked size of the largest page, or of the first that is too large. Raises `PageError`."""
    largest = 0
    for start, size in _chunks(_footer(file)):
        for page in _page_sizes(file, start, start + size):
            largest = max(largest, page)
            if largest > MAX_PAGE_BYTES:
                return largest
    return largest


def _footer(file: BinaryIO) -> Compact:
    end = file.seek(0, 2)
    file.seek(max(0, end - _TAIL_BYTES))
    size = int.from_bytes(file.read(4), "little")
    if size + _TAIL_BYTES > end:
        raise PageError("a footer that is longer than the file")
    file.seek(end - _TAIL_BYTES - size)
    return Compact(file.read(size))


def _chunks(footer: Compact) -> Iterator[tuple[int, int]]:
    """Where the pages of each column of each row group begin, and how many bytes they are; none of encrypted ones."""
    for number, kind in footer.fields():
        if number == _ROW_GROUPS and kind == _LIST:
            for _ in range(footer.count_of_structs()):
                yield from _chunks_of_group(footer)
        else:
            footer.skip(kind)


def _chunks_of_group(footer: Compact) -> Iterator[tuple[int, int]]:
    for number, kind in footer.fields():
        if number == _COLUMNS and kind == _LIST:
            for _ in range(footer.count_of_structs()):
                if chunk := _chunk(footer):
                    yield chunk
        else:
            footer.skip(kind)


def _chunk(footer: Compact) -> tuple[int, int] | None:
    described: dict[int, int] = {}
    is_encrypted = False
    for number, kind in footer.fields():
        if number == _META_DATA and kind == _STRUCT:
            described = footer.integers()
        else:
            footer.skip(kind)
        is_encrypted |= number == _CRYPTO_META_DATA
    if is_encrypted:
        return None
    starts = (described.get(_DATA_PAGE, 0), described.get(_DICTIONARY_PAGE, 0))
    positive = [start for start in starts if start > 0]
    return (min(positive), described.get(_CHUNK_BYTES, 0)) if positive else None


def _page_sizes(file: BinaryIO, position: int, end: int) -> Iterator[int]:
    while position < end:
        unpacked, packed, header = _sizes_at(file, position)
        yield unpacked
        position += header + packed


def _sizes_at(file: BinaryIO, position: int) -> tuple[int, int, int]:
    """Of the page unpacked, of the page in the file, and of its header."""
    file.seek(position)
    data = file.read(_SHORT_HEADER_BYTES)
    try:
        return _sizes(Compact(data))
    except PageError:
        return _sizes(Compact(data + file.read(_HEADER_BYTES)))


def _sizes(header: Compact) -> tuple[int, int, int]:
    values = header.integers()
    unpacked, packed = values.get(_UNPACKED, -1), values.get(_PACKED, -1)
    if unpacked < 0 or packed < 0:
        raise PageError("a page without a size")
    return unpacked, packed, header.position


class Compact:
    """Reads a structure in Thrift's compact protocol front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def fields(self) -> Iterator[tuple[int, int]]:
        """Number and kind of each field of a structure; its value must be read or skipped before the next."""
        number = 0
        while (head := self._byte()) & 0x0F != _STOP:
            number = number + (head >> 4) if head >> 4 else self._integer()
            yield number, head & 0x0F

    def integers(self) -> dict[int, int]:
        """The fields of a structure that are whole numbers."""
        values: dict[int, int] = {}
        for number, kind in self.fields():
            if kind in _INTEGERS:
                values[number] = self._integer()
            else:
                self.skip(kind)
        return values

    def count_of_structs(self) -> int:
        """How many structures follow. Raises `PageError` for a list of anything else."""
        kind, count = self._list_head()
        if kind != _STRUCT and count:
            raise PageError("a list of something else than structures")
        return count

    def _byte(self) -> int:
        if self.position >= len(self._data):
            raise PageError("a structure that does not end")
        self.position += 1
        return self._data[self.position - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def _integer(self) -> int:
        """Zigzag: 0, -1, 1, -2 …"""
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _list_head(self) -> tuple[int, int]:
        head = self._byte()
        count = head >> 4
        return head & 0x0F, self._varint() if count == 15 else count

    def skip(self, kind: int, depth: int = 0) -> None:
        """Passes over a value. Raises `PageError` for a kind that no structure of Parquet has."""
        if depth > _MAX_DEPTH:
            raise PageError("a structure that is nested too deeply")
        if kind in {_TRUE, _FALSE}:
            return
        if kind in _INTEGERS:
            self._varint()
        elif kind in {_BYTE, _DOUBLE}:
            self.position += 1 if kind == _BYTE else 8
        elif kind == _BINARY:
            length = self._varint()
            self.position += length
        elif kind in {_LIST, _SET}:
            self._skip_list(depth)
        elif kind == _STRUCT:
            for _, inner in self.fields():
                self.skip(inner, depth + 1)
        else:
            raise PageError("a structure that cannot be read")

    def _skip_list(self, depth: int) -> None:
        kind, count = self._list_head()
        for _ in range(count):
            # A truth value in a list has a byte of its own.
            self.skip(_BYTE if kind in {_TRUE, _FALSE} else kind, depth + 1)
            if self.position > len(self._data):
                raise PageError("a structure that does not end")
