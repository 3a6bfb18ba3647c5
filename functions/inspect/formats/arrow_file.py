"""Arrow: the file format (also called Feather), and the stream format that `datasets.save_to_disk` writes.

Both are mapped into memory from a copy on disk, because one batch of rows may be the whole file. pyarrow is imported
when the first such file is opened, because it is large.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from functions.inspect.formats.base import ContentKind, Format, Table
from functions.inspect.formats.contents import peek

if TYPE_CHECKING:
    import pyarrow as pa

_FILE_MAGIC = b"ARROW1"
_STREAM_MAGIC = b"\xff\xff\xff\xff"
_FEATHER_1 = ContentKind(
    b"FEA1",
    "a Feather file of version 1",
    "Write it again as Feather version 2, or as Parquet.",
)


def open_arrow(stream: BinaryIO) -> Table:
    import pyarrow as pa  # noqa: PLC0415 - large

    from functions.inspect.formats.columnar import (  # noqa: PLC0415 - imports pyarrow
        Columnar,
        copied_to_disk,
        cut_off,
        damage,
        ends_with,
        require_few_columns,
    )

    is_stream = peek(stream).startswith(_STREAM_MAGIC)
    with copied_to_disk(stream) as path:
        if not is_stream and not ends_with(path, _FILE_MAGIC):
            raise cut_off("Arrow")
        with damage("Arrow"):
            source = pa.memory_map(path)
            schema = _reader(source, is_stream).schema
            require_few_columns(len(schema))

    def batches(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        fields = [schema.get_field_index(column) for column in columns]
        reader = _reader(
            source, is_stream, pa.ipc.IpcReadOptions(included_fields=fields)
        )
        if is_stream:
            yield from reader
            return
        for index in range(reader.num_record_batches):
            yield reader.get_batch(index)

    return Columnar(schema, batches, "Arrow").table()


def _reader(
    source: pa.MemoryMappedFile,
    is_stream: bool,
    options: pa.ipc.IpcReadOptions | None = None,
) -> pa.RecordBatchStreamReader | pa.RecordBatchFileReader:
    import pyarrow as pa  # noqa: PLC0415 - large

    if not is_stream:
        return pa.ipc.open_file(source, options=options)
    source.seek(0)
    return pa.ipc.open_stream(source, options=options)


FORMAT = Format(
    "Arrow",
    ("arrow", "feather"),
    open_arrow,
    magic=(_FILE_MAGIC, _STREAM_MAGIC),
    unsupported=(_FEATHER_1,),
    is_suggested=False,
)
