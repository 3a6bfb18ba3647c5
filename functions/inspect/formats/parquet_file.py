"""Parquet: a table kept by column, read in small batches from a copy on disk.

A row group may be the whole file, so its columns are read page by page, and only those that are asked for. pyarrow is
imported when the first such file is opened, because it is large.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from functions.inspect.formats.base import ContentKind, Format, Table

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
            schema = file.schema_arrow

    def batches(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        yield from file.iter_batches(
            BATCH_ROWS, columns=list(columns), use_threads=False
        )

    return Columnar(schema, batches, "Parquet").table()


FORMAT = Format(
    "Parquet",
    ("parquet", "pq"),
    open_parquet,
    magic=(_MAGIC,),
    unsupported=(_ENCRYPTED,),
)
