from __future__ import annotations

import io
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.feather

from contracts.problems import Problem
from functions.inspect.formats import Table, open_table
from tests.unit.functions.written import arrow_file, arrow_stream, parquet

BOTH = {"text": "text", "label": "label"}


WRITERS = {"parquet": parquet, "feather": arrow_file, "arrow": arrow_stream}


TEXTS = [f"a film of kind {i}" for i in range(300)]


LABELS = ["bad", "good", "so so"] * 100


class Forward(io.RawIOBase):
    """Bytes that come front to back only, as from S3."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._content.readinto(buffer)


def opened(content: bytes, extension: str) -> Table:
    stream: BinaryIO = io.BufferedReader(Forward(content))
    return open_table(stream, extension)


def cells(
    values: Any, extension: str = "parquet", metadata: dict[bytes, bytes] | None = None
) -> list[Any]:
    """The cells of a table with one column, `text`, and the numbers of its rows checked."""
    content = WRITERS[extension](
        pa.table({"text": values}).replace_schema_metadata(metadata)
    )
    rows = list(opened(content, extension).rows({"text": "text"}))
    assert [number for number, _ in rows] == list(range(1, len(rows) + 1))
    return [row if isinstance(row, Problem) else row["text"] for _, row in rows]
