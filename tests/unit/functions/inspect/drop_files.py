"""Files of a drop, without their contents."""

from __future__ import annotations

from functions.common.drop import DropFile, StoredObject
from tests.unit.functions.fakes import NOW


def drop_file(name: str, size: int = 1) -> DropFile:
    return DropFile(name, StoredObject(f"datasets/m/{name}", size, "etag", "v1", NOW))
