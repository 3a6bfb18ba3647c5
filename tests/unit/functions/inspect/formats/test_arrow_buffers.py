from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from functions.inspect.common.unpacked_size import UnpackedLimit
from functions.inspect.formats import arrow_buffers, arrow_file
from functions.inspect.formats.arrow_buffers import unpacked_sizes
from functions.inspect.formats.base import UnreadableError
from tests.unit.functions.inspect.formats.columns import opened

ROWS = 1_000
TEXTS = pa.array([f"a text that is all but the same, number {i}" for i in range(ROWS)])
CLASSES = pa.array(["good", "bad"] * (ROWS // 2)).dictionary_encode()
TABLE = pa.table({"text": TEXTS, "label": CLASSES, "score": [0.5] * ROWS})
FORMS = pytest.mark.parametrize("is_stream", [False, True], ids=["file", "stream"])


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def written(
        table: pa.Table, is_stream: bool, codec: str | None = "zstd", rows: int = ROWS
    ) -> str:
        options = pa.ipc.IpcWriteOptions(compression=codec)
        new = pa.ipc.new_stream if is_stream else pa.ipc.new_file
        path, content = tmp_path / "table.arrow", io.BytesIO()
        with new(content, table.schema, options=options) as writer:
            writer.write_table(table, max_chunksize=rows)
        path.write_bytes(content.getvalue())
        return str(path)

    return written


def size_of(batch: pa.RecordBatch) -> int:
    buffers = [buffer for column in batch.columns for buffer in column.buffers()]
    return sum(buffer.size for buffer in buffers if buffer)


@FORMS
@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_the_sizes_are_those_that_arrow_unpacks(
    write: Callable[..., str], is_stream: bool, codec: str
) -> None:
    sizes = list(unpacked_sizes(write(TABLE, is_stream, codec, 400), is_stream))
    batches = [size for size in sizes if size > 1_000]
    expected = [size_of(batch) for batch in TABLE.to_batches(400)]
    assert len(batches) == len(expected) == 3
    # A slice of a batch shares the buffers of the whole, and Arrow pads what it writes.
    assert sum(batches) == pytest.approx(size_of(TABLE.to_batches()[0]), rel=0.02)


@FORMS
def test_what_is_not_compressed_unpacks_to_nothing(
    write: Callable[..., str], is_stream: bool
) -> None:
    assert sum(unpacked_sizes(write(TABLE, is_stream, None), is_stream)) == 0


@FORMS
def test_a_batch_that_unpacks_to_very_much_is_not_unpacked(
    write: Callable[..., str], is_stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrow_file, "MAX_BATCH_BYTES", 2_000_000)
    path = write(pa.table({"text": ["a" * 3_000_000], "label": ["b"]}), is_stream)
    with pytest.raises(
        UnreadableError,
        match=r"record batches of at most 2,000,000 bytes when unpacked; found one of 3,000,",
    ):
        opened(Path(path).read_bytes(), "arrow")


@FORMS
def test_many_small_batches_of_equal_rows_are_not_read(
    write: Callable[..., str], is_stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrow_file, "BINARY", UnpackedLimit(1_000, 200))
    table = pa.table({"text": ["the same" * 1_000] * 5_000})
    path = write(table, is_stream, rows=1_000)
    expected = "expected an Arrow file at most 200 times larger when unpacked"
    with pytest.raises(UnreadableError, match=expected):
        opened(Path(path).read_bytes(), "arrow")


@FORMS
def test_no_damage_does_more_than_refuse_the_file(
    write: Callable[..., str], is_stream: bool
) -> None:
    table = pa.table({"text": ["a", "b"], "label": pa.array(["x", "y"])})
    path = Path(write(table, is_stream))
    whole = path.read_bytes()
    refused = 0
    for position in range(0, len(whole) - 4, 4):
        for value in (0, -1, 2**31 - 1, len(whole) - 16):
            damaged = bytearray(whole)
            struct.pack_into("<i", damaged, position, value)
            path.write_bytes(damaged)
            try:
                list(unpacked_sizes(str(path), is_stream))
            except ValueError:
                refused += 1
    assert refused > 10


@FORMS
def test_descriptions_that_overlap_are_counted(
    write: Callable[..., str], is_stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrow_buffers, "_MAX_BUFFERS", 20)
    path = write(TABLE, is_stream, rows=100)
    with pytest.raises(ValueError, match="more than 20 buffers"):
        list(unpacked_sizes(path, is_stream))
