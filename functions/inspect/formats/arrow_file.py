"""Arrow: the file format (also called Feather), and the stream format that `datasets.save_to_disk` writes.

Both are mapped into memory from a copy on disk, because one batch of rows may be the whole file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa

from functions.inspect.formats.base import Table
from functions.inspect.formats.columnar import Columnar, cut_off, damage
from functions.inspect.formats.contents import ARROW, ARROW_STREAM, buffered, peek, require_kind
from functions.inspect.formats.disk import copied, ends_with


def open_file(stream: BinaryIO) -> Table:
    head = peek(stream := buffered(stream))
    require_kind(head, "Arrow", ARROW, ARROW_STREAM)
    read = _read_stream if head.startswith(ARROW_STREAM) else _read_file
    with copied(stream) as path:
        if read is _read_file and not ends_with(path, ARROW):
            raise cut_off("Arrow")
        with damage("Arrow"):
            source = pa.memory_map(path)
            schema, _ = read(source)

    def batches(columns: Sequence[str]) -> Iterator[Any]:
        fields = [schema.get_field_index(column) for column in columns]
        yield from read(source, pa.ipc.IpcReadOptions(included_fields=fields))[1]

    return Columnar(schema, batches, "Arrow").table()


def _read_stream(source: Any, options: Any = None) -> tuple[Any, Iterator[Any]]:
    source.seek(0)
    reader = pa.ipc.open_stream(source, options=options)
    return reader.schema, iter(reader)


def _read_file(source: Any, options: Any = None) -> tuple[Any, Iterator[Any]]:
    reader = pa.ipc.open_file(source, options=options)
    return reader.schema, map(reader.get_batch, range(reader.num_record_batches))
