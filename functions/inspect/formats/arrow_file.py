"""Arrow: the file format (also called Feather), and the stream format that `datasets.save_to_disk` writes.

Both are mapped into memory from a copy on disk, because one batch of rows may be the whole file. pyarrow is imported
when the first such file is opened, because it is large.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from contracts.problems import Problem
from functions.inspect.common.unpacked_size import BINARY
from functions.inspect.formats.arrow_buffers import MAX_BATCH_BYTES, unpacked_sizes
from functions.inspect.formats.base import (
    ContentKind,
    Format,
    Table,
    UnreadableError,
    require_few_columns,
    too_dense,
)
from functions.inspect.formats.contents import peek

if TYPE_CHECKING:
    import pyarrow as pa

_FILE_MAGIC = b"ARROW1"
_STREAM_MAGIC = b"\xff\xff\xff\xff"
_STREAM_END = b"\xff\xff\xff\xff\0\0\0\0"
"""Which a stream may lack: some writers leave it out, as all do that are interrupted between two batches."""
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
    )

    is_stream = peek(stream).startswith(_STREAM_MAGIC)
    with copied_to_disk(stream) as path:
        if not is_stream and not ends_with(path, _FILE_MAGIC):
            raise cut_off("Arrow")
        with damage("Arrow"):
            source = pa.memory_map(path)
            schema = _reader(source, is_stream).schema
            require_few_columns(len(schema))
            _require_small_batches(path, is_stream)
        is_whole = not is_stream or ends_with(path, _STREAM_END)

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

    table = Columnar(schema, batches, "Arrow").table()
    return table if is_whole else replace(table, warnings=_without_end)


def _without_end() -> list[str]:
    return [
        "the stream lacks its end mark: if its writer was interrupted, rows are missing; write the file again."
    ]


def _require_small_batches(path: str, is_stream: bool) -> None:
    """Raises `UnreadableError` where a batch, or all together, unpack to more than any honest file does."""
    total, packed = 0, Path(path).stat().st_size
    for size in unpacked_sizes(path, is_stream):
        total += size
        if size > MAX_BATCH_BYTES:
            raise UnreadableError(
                Problem(
                    f"record batches of at most {MAX_BATCH_BYTES:,} bytes when unpacked",
                    f"one of {size:,}",
                    "Write it with smaller batches (feather.write_feather with chunksize=65536), or as Parquet.",
                )
            )
        if total > BINARY.of(packed):
            raise too_dense("an Arrow", BINARY, packed, total)


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
