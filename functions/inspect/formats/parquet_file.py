"""Parquet: a table kept by column, read in small batches from a copy on disk.

A row group may be the whole file, so its columns are read page by page, and only those that are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from functions.inspect.formats.base import Table
from functions.inspect.formats.columnar import BATCH, Columnar, cut_off, damage
from functions.inspect.formats.contents import ENCRYPTED_PARQUET, PARQUET, buffered, peek, require_kind
from functions.inspect.formats.disk import copied, ends_with

_BUFFER = 2**18


def open_file(stream: BinaryIO) -> Table:
    require_kind(peek(stream := buffered(stream)), "Parquet", PARQUET)
    with copied(stream) as path:
        if not ends_with(path, PARQUET, ENCRYPTED_PARQUET):
            raise cut_off("Parquet")
        with damage("Parquet"):
            file = pq.ParquetFile(
                pa.OSFile(path), pre_buffer=False, buffer_size=_BUFFER, page_checksum_verification=True
            )
            schema = file.schema_arrow

    def batches(columns: Sequence[str]) -> Iterator[Any]:
        yield from file.iter_batches(BATCH, columns=list(columns), use_threads=False)

    return Columnar(schema, batches, "Parquet").table()
