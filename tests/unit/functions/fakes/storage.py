"""The data bucket in memory."""

from __future__ import annotations

import builtins
import hashlib
import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from contracts.stored_version import StoredVersion
from functions.adapters.storage import Storage, StoredObject
from tests.unit.functions.fakes.clock import NOW

VERSION = "v1"
VERSIONED = ("datasets/", "base-models/")
"""Prefixes under which an object is read and copied by its version only: users replace what lies there."""


class MemoryStorage(Storage):
    """Objects by key, each in one version; those of `objects` are JSON."""

    def __init__(self, **objects: Any) -> None:
        self.bucket = "data"
        self.objects: dict[str, bytes] = {}
        self.content_types: dict[str, str] = {}
        self.uploaded: dict[str, datetime] = {}
        for key, value in objects.items():
            self.write_json(key, value)

    def drop(self, key: str, content: bytes | str, age: float = 3600) -> None:
        """Uploads what a user drops, as if it were `age` seconds ago."""
        self.objects[key] = content.encode() if isinstance(content, str) else content
        self.uploaded[key] = NOW - timedelta(seconds=age)

    def read_bytes(self, key: str, version_id: str = "") -> bytes:
        return self.objects[key]

    def read_range(self, key: str, start: int, end: int) -> bytes:
        return self.objects[key][start:end]

    def put_bytes(
        self, key: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> str:
        self.objects[key] = data
        self.content_types[key] = content_type
        return VERSION

    def upload_file(self, path: Path, key: str) -> None:
        self.objects[key] = path.read_bytes()

    def copy(self, key: str, version_id: str, target: str) -> None:
        assert version_id == VERSION
        self.objects[target] = self.objects[key]

    def find(self, key: str) -> StoredVersion | None:
        if key not in self.objects:
            return None
        stored = self._stored(key)
        return StoredVersion(
            key=key, version_id=VERSION, size=stored.size, etag=stored.etag
        )

    def open(self, key: str, version_id: str = "") -> BinaryIO:
        assert version_id == VERSION or not (version_id or key.startswith(VERSIONED))
        return io.BytesIO(self.objects[key])

    def list(self, prefix: str) -> list[StoredObject]:
        return [self._stored(key) for key in self.objects if key.startswith(prefix)]

    def mark_deleted(self, key: str) -> None:
        self.objects.pop(key, None)

    def _delete(self, prefix: str, is_wanted: Callable[[str], bool]) -> int:
        gone = [
            key for key in self.objects if key.startswith(prefix) and is_wanted(key)
        ]
        for key in gone:
            del self.objects[key]
        return len(gone)

    def _stored(self, key: str) -> StoredObject:
        content = self.objects[key]
        etag = hashlib.md5(content).hexdigest()
        uploaded = self.uploaded.get(key, NOW)
        return StoredObject(key, len(content), etag, VERSION, uploaded)

    def rows(self, run: str, split: str) -> builtins.list[dict[str, str]]:
        lines = self.objects[f"runs/{run}/data/{split}/rows.jsonl"].splitlines()
        return [json.loads(line) for line in lines]

    def document(self, run: str, name: str) -> dict[str, Any]:
        return dict(json.loads(self.objects[f"runs/{run}/{name}"]))
