"""Tables as files of every format that is read."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from functions.inspect.formats import FORMATS, workbook_file
from tests.unit.functions.workbooks import workbook

EXTENSIONS = [
    extension
    for format_ in FORMATS
    for extension in format_.extensions
    if extension and format_.name not in ("CoNLL", "TMX")
]
"""Of the formats that hold any table; the rows of CoNLL files are sentences of tagged tokens, of TMX translations."""


def as_written(extension: str, columns: dict[str, list[Any]]) -> bytes:
    """The columns in the format of an extension; of a plain text there is only `text`."""
    if extension in ("parquet", "pq"):
        return parquet(pa.table(columns))
    if extension in ("arrow", "feather"):
        return (
            arrow_stream(pa.table(columns))
            if extension == "arrow"
            else arrow_file(pa.table(columns))
        )
    if extension in workbook_file.FORMAT.extensions:
        return workbook({"Sheet1": [[*columns], *zip(*columns.values(), strict=True)]})
    rows = [
        dict(zip(columns, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ]
    return _text(extension, list(columns), rows).encode()


def _text(extension: str, names: list[str], rows: list[dict[str, Any]]) -> str:
    if extension == "json":
        return json.dumps(rows)
    if extension in ("jsonl", "ndjson", "manifest"):
        return "\n".join(json.dumps(row) for row in rows)
    if extension in ("txt", "text", "data"):
        return "\n".join(row["text"] for row in rows)
    content = io.StringIO()
    writer = csv.DictWriter(
        content, names, delimiter="," if extension == "csv" else "\t"
    )
    writer.writeheader()
    writer.writerows(rows)
    return content.getvalue()


def parquet(table: Any, **options: Any) -> bytes:
    content = io.BytesIO()
    pq.write_table(table, content, **options)
    return content.getvalue()


def arrow_file(table: Any, **options: Any) -> bytes:
    return _ipc(table, pa.ipc.new_file, options)


def arrow_stream(table: Any, **options: Any) -> bytes:
    return _ipc(table, pa.ipc.new_stream, options)


def _ipc(table: Any, create: Any, options: dict[str, Any]) -> bytes:
    content = io.BytesIO()
    with create(
        content, table.schema, options=pa.ipc.IpcWriteOptions(**options)
    ) as writer:
        writer.write_table(table)
    return content.getvalue()
