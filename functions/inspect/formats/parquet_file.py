"""Parquet: a table kept by column, read in small batches from a copy on disk.

A row group may be the whole file, so its columns are read page by page, and only those that are asked for. pyarrow is
imported when the first such file is opened, because it is large.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from contracts.problems import Problem
from functions.inspect.formats.base import (
    MAX_RECORD,
    MAX_ROWS,
    ContentKind,
    Format,
    Table,
    UnreadableError,
    require_few_columns,
    too_many_rows,
)
from functions.inspect.formats.parquet_pages import MAX_PAGE_BYTES, largest_page

if TYPE_CHECKING:
    import pyarrow as pa

_MAGIC = b"PAR1"
_ENCRYPTED = ContentKind(
    b"PARE", "an encrypted Parquet file", "Write it again without encryption."
)
_BUFFER_BYTES = 2**18


def open_parquet(stream: BinaryIO) -> Table:
    import pyarrow as pa  # noqa: PLC0415 - large
    import pyarrow.parquet as pq  # noqa: PLC0415 - large

    from functions.inspect.formats.columnar import (  # noqa: PLC0415 - imports pyarrow
        BATCH_ROWS,
        Columnar,
        copied_to_disk,
        cut_off,
        damage,
        ends_with,
    )

    with copied_to_disk(stream) as path:
        if not ends_with(path, _MAGIC, _ENCRYPTED.magic):
            raise cut_off("Parquet")
        with damage("Parquet"):
            source = pa.OSFile(path)
            file = pq.ParquetFile(
                source,
                pre_buffer=False,
                buffer_size=_BUFFER_BYTES,
                page_checksum_verification=True,
            )
            require_few_columns(file.metadata.num_columns)
            if file.metadata.num_rows > MAX_ROWS:
                raise too_many_rows(MAX_ROWS)
            with Path(path).open("rb") as pages:
                largest = largest_page(pages)
            if largest > MAX_PAGE_BYTES:
                raise _too_large_page(largest)
            schema = file.schema_arrow

    def batches(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        yield from file.iter_batches(
            BATCH_ROWS, columns=list(columns), use_threads=False
        )

    return Columnar(schema, batches, "Parquet").table()


def _too_large_page(size: int) -> UnreadableError:
    actual = f"one of {size:,}"
    remedy = (
        f"Write it with smaller row groups; a cell may have {MAX_RECORD:,} characters."
    )
    return UnreadableError(
        Problem(f"pages of at most {MAX_PAGE_BYTES:,} bytes", actual, remedy)
    )


FORMAT = Format(
    "Parquet",
    ("parquet", "pq"),
    open_parquet,
    magic=(_MAGIC,),
    unsupported=(_ENCRYPTED,),
)
