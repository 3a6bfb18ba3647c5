"""A drop on this machine, behind the interfaces that Inspect has for the data bucket and the ledger."""

from __future__ import annotations

import builtins
import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from contracts import locations
from contracts.documents import plain
from contracts.model_record import Claim, ClaimOutcome, Drop
from contracts.run_record import RunStatus
from contracts.stored_version import StoredVersion
from functions.common.drop import StoredObject, is_junk
from functions.common.names import run_name

UPLOADED = datetime(2000, 1, 1, tzinfo=UTC)
"""Of every file: long ago, so that nothing waits for more of them."""


def files_below(source: Path) -> dict[str, Path]:
    """The name of each file in the drop -> the file; of one file its own name. Hidden files are left out."""
    if source.is_file():
        return {source.name: source}
    files = {}
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        if path.is_file() and not is_junk(name):
            files[name] = path
    return files


class LocalStorage:
    """Reads `files` (key -> file) and writes what Inspect makes of them below `folder`."""

    def __init__(self, files: Mapping[str, Path], folder: Path) -> None:
        self._files, self._folder = dict(files), folder

    def list(self, prefix: str) -> list[StoredObject]:
        return [
            _stored(key, path)
            for key, path in self._files.items()
            if key.startswith(prefix)
        ]

    def open(self, key: str, version_id: str = "") -> BinaryIO:
        return self.path(key).open("rb")

    def upload_file(self, path: Path, key: str) -> None:
        shutil.copyfile(path, self._new_path(key))

    def copy(self, key: str, version_id: str, target: str) -> None:
        shutil.copyfile(self.path(key), self._new_path(target))

    def write_json(self, key: str, value: Any) -> StoredVersion:
        data = json.dumps(value).encode()
        self._new_path(key).write_bytes(data)
        return StoredVersion.of(key, data, "")

    def find(self, key: str) -> StoredVersion | None:
        path = self.path(key)
        size = path.stat().st_size if path.is_file() else None
        return (
            None if size is None else StoredVersion(key=key, version_id="", size=size)
        )

    def read_json(self, key: str) -> Any:
        return json.loads(self.path(key).read_text("utf-8"))

    def read_range(self, key: str, start: int, end: int) -> bytes:
        with self.path(key).open("rb") as file:
            file.seek(start)
            return file.read(end - start)

    def path(self, key: str) -> Path:
        return self._files.get(key) or self._folder / key

    def read_rows(
        self, prefix: str, limit: int | None = None
    ) -> builtins.list[dict[str, Any]]:
        """The first `limit` rows of a channel, or all."""
        rows: builtins.list[dict[str, Any]] = []
        for path in locations.row_files(self.path(prefix)):
            with path.open(encoding="utf-8") as lines:
                for line in lines:
                    if len(rows) == limit:
                        return rows
                    rows.append(json.loads(line))
        return rows

    def _new_path(self, key: str) -> Path:
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def _stored(key: str, path: Path) -> StoredObject:
    facts = path.stat()
    return StoredObject(key, facts.st_size, f"{facts.st_mtime_ns:x}", "local", UPLOADED)


class RunFields:
    """The record of the one run that Inspect claims here, field by field."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}

    def claim(self, drop: Drop, execution: str) -> Claim:
        run = run_name(drop.model, drop.fingerprint, 1)
        self.fields |= {
            "run": run,
            "model": drop.model,
            "status": RunStatus.INSPECTING.value,
        }
        return Claim(ClaimOutcome.CLAIMED, run)

    def find_model(self, model: str) -> None:
        """No model is live here."""

    def record(self, run: str, status: RunStatus | None = None, **fields: Any) -> None:
        self.fields |= plain(fields) | ({"status": status.value} if status else {})

    def end(self, run: str, status: RunStatus, **fields: Any) -> None:
        self.record(run, status, **fields)
