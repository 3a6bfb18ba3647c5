"""Records of an export as Inspect opens them, and the rows they become."""

from __future__ import annotations

import io
import json
from typing import Any

from functions.inspect.exports import with_plain_columns
from functions.inspect.formats import Table, open_table

SPAN = {"start": 0, "end": 3, "label": "PER"}


def table(records: list[dict[str, Any]]) -> Table:
    lines = "".join(json.dumps(record) + "\n" for record in records)
    return with_plain_columns(open_table(io.BytesIO(lines.encode()), "jsonl"))


def rows(opened: Table) -> list[Any]:
    return [row for _, row in opened.rows({name: name for name in opened.columns})]
