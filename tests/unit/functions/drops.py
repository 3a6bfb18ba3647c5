"""A bucket and a ledger in memory, behind the interfaces that inspection asks for, and drops to put into them."""

from __future__ import annotations

import builtins
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Literal

from contracts.documents import plain
from contracts.problems import Problem
from contracts.run_record import Claim, ClaimOutcome, Drop, RunStatus
from functions.adapters.hub import HubModel
from functions.common.drop import StoredObject
from functions.common.names import run_name
from functions.common.settings import Settings
from functions.inspect.inspection import Inspection
from functions.inspect.preparation import LookUpInHub
from functions.inspect.settings_file import Hub

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
SETTINGS = Settings(
    stack="shop",
    data_bucket="shop-data",
    ledger_table="shop-ledger",
    base_model="some/model",
    training_instance_types=("ml.g5.xlarge",),
)


class Bucket:
    """Objects by key; `age` is how many seconds ago each was uploaded."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploaded: dict[str, datetime] = {}
        self.versions = 0

    def drop(self, key: str, content: bytes | str, age: float = 3600) -> None:
        self.objects[key] = content.encode() if isinstance(content, str) else content
        self.uploaded[key] = NOW - timedelta(seconds=age)

    def list(self, prefix: str) -> list[StoredObject]:
        result = [key for key in self.objects if key.startswith(prefix)]
        return [
            StoredObject(
                key, len(self.objects[key]), self._etag(key), "v1", self.uploaded[key]
            )
            for key in result
        ]

    def _etag(self, key: str) -> str:
        return hashlib.md5(self.objects[key]).hexdigest()

    def read_json(self, key: str) -> Any:
        return json.loads(self.objects[key])

    def read_range(self, key: str, start: int, end: int) -> bytes:
        return self.objects[key][start:end]

    def open(self, key: str, version_id: str = "") -> BinaryIO:
        is_versioned = key.startswith(("datasets/", "base-models/"))
        assert version_id == ("v1" if is_versioned else "")
        return io.BytesIO(self.objects[key])

    def upload_file(self, path: Path, key: str) -> None:
        self.objects[key] = path.read_bytes()

    def copy(self, key: str, version_id: str, target: str) -> None:
        assert version_id == "v1"
        self.objects[target] = self.objects[key]

    def write_json(self, key: str, value: Any) -> None:
        self.objects[key] = json.dumps(value).encode()

    def rows(self, run: str, split: str) -> builtins.list[dict[str, str]]:
        return [
            json.loads(line)
            for line in self.objects[f"runs/{run}/data/{split}/rows.jsonl"].splitlines()
        ]

    def document(self, run: str, name: str) -> dict[str, Any]:
        return dict(json.loads(self.objects[f"runs/{run}/{name}"]))


class Book:
    """Run records by id; `answers` is what the next claim becomes."""

    def __init__(
        self, answers: Literal["claimed", "busy", "duplicate"] = "claimed"
    ) -> None:
        self.answers = answers
        self.runs: dict[str, dict[str, Any]] = {}
        self.drops: list[Drop] = []

    def claim(self, drop: Drop, execution: str) -> Claim:
        run = run_name(drop.model, drop.fingerprint, 1)
        self.drops.append(drop)
        self.runs.setdefault(run, {"status": "inspecting", "execution": execution})
        return Claim(ClaimOutcome(self.answers), run)

    def record(self, run: str, status: RunStatus | None = None, **fields: Any) -> None:
        self.runs[run] |= plain(fields) | ({"status": status} if status else {})

    def end(self, run: str, status: RunStatus, **fields: Any) -> None:
        self.record(run, status, **fields, ended=True)


def _no_hub(wanted: Hub) -> HubModel | Problem:
    raise AssertionError("this drop names no model of the Hub")


class Desk:
    """One inspection desk: drop files, inspect, look at the run."""

    def __init__(
        self,
        book: Book | None = None,
        settings: Settings = SETTINGS,
        hub: LookUpInHub = _no_hub,
    ) -> None:
        self.bucket, self.book = Bucket(), book or Book()
        self.inspection = Inspection(self.bucket, self.book, settings, lambda: NOW, hub)

    def inspect(
        self, files: dict[str, bytes | str], model: str = "reviews"
    ) -> dict[str, Any]:
        """Drops files into a model's folder and inspects the last one; the answer and the run's record."""
        for name, content in files.items():
            self.bucket.drop(f"datasets/{model}/{name}", content)
        answer = self.inspection.inspect(
            f"datasets/{model}/{list(files)[-1]}", "execution-1"
        )
        return answer | self.book.runs[answer["run"]]


def reviews(rows: int = 20, header: str = "text,label", start: int = 0) -> str:
    """A CSV of different texts, alternating between two labels."""
    lines = [
        f"a film of kind {i},{'good' if i % 2 else 'bad'}"
        for i in range(start, start + rows)
    ]
    return "\n".join([header, *lines]) + "\n"


def messages(files: dict[str, bytes | str]) -> list[str]:
    """What a refused drop is told."""
    seen = Desk().inspect(files)
    assert seen["outcome"] == seen["status"] == "rejected", seen
    assert seen["ended"]
    return [problem["message"] for problem in seen["problems"]]
