"""The rows of a channel."""

from __future__ import annotations

import json
from pathlib import Path

from tasks import Row, Task
from training.errors import DataError

FILE = "rows.jsonl"


def read_rows(channel: Path, task: Task) -> list[Row]:
    """The canonical rows of a channel's `rows.jsonl`. Raises `DataError` naming file, row and column."""
    path = channel / FILE
    if not path.is_file():
        found = ", ".join(sorted(entry.name for entry in channel.glob("*"))) or "nothing"
        raise DataError(f"expected {FILE} in the channel {channel.name!r}; found {found}. Upload the rows as {FILE}.")
    required = [column.name for column in task.columns if column.required]
    with path.open(encoding="utf-8") as file:
        rows = [
            _row(line, path.name, channel.name, number, required) for number, line in enumerate(file, 1) if line.strip()
        ]
    if not rows:
        raise DataError(f"expected rows in {channel.name}/{FILE}; found none. Drop more data.")
    return rows


def _row(line: str, file: str, channel: str, number: int, required: list[str]) -> Row:
    place = f"{channel}/{file}, row {number}"
    try:
        row = json.loads(line)
    except ValueError as error:
        raise DataError(f"{place}: expected a JSON object; found broken JSON: {error}. Correct the line.") from None
    if not isinstance(row, dict):
        raise DataError(f"{place}: expected a JSON object; found {type(row).__name__}. Correct the line.")
    for name in required:
        if row.get(name) in (None, ""):
            found = ", ".join(sorted(row)) or "no columns"
            raise DataError(f"{place}, column {name!r}: expected a value; found {found}. Fill it in or drop the row.")
    return row
