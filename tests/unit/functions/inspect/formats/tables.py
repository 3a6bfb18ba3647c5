from __future__ import annotations

import io
from typing import Any

from functions.inspect.formats import Table, open_table

BOTH = {"text": "text", "label": "label"}


def table(content: bytes | str, extension: str = "csv") -> Table:
    return open_table(
        io.BytesIO(content.encode() if isinstance(content, str) else content), extension
    )


def read(content: bytes | str, extension: str = "csv") -> list[tuple[int, Any]]:
    return list(table(content, extension).rows(BOTH))


def texts(content: bytes | str, extension: str = "csv") -> list[str]:
    return [row["text"] for _, row in read(content, extension)]
