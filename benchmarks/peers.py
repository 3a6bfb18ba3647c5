"""What is measured, each in a process of its own: `python -m benchmarks.peers <reader> <file> <folder>`.

Every reader prints one line of JSON: the seconds from opening the file to the last result, and the rows.
"""

from __future__ import annotations

import io
import json
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from contracts.problems import Problem
from contracts.run_record import Claim, ClaimOutcome, Drop, RunStatus
from functions.adapters.hub import HubModel
from functions.common.drop import StoredObject
from functions.common.settings import Settings
from functions.inspect.inspection import Inspection
from functions.inspect.settings_file import Hub

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_KEY = "datasets/reviews/"


class _Forward(io.RawIOBase):
    """A file that is read front to back, as an object in S3 is."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Disk:
    """The data bucket as folders: one file that was dropped, and what Inspect leaves."""

    def __init__(self, dropped: Path, folder: Path) -> None:
        self._dropped, self._folder = dropped, folder

    def list(self, prefix: str) -> list[StoredObject]:
        return [StoredObject(prefix + self._dropped.name, self._dropped.stat().st_size, "e", "v", _LONG_AGO)]

    def open(self, key: str, version_id: str = "") -> BinaryIO:
        return io.BufferedReader(_Forward(self._dropped), 2**17)

    def upload_file(self, path: Path, key: str) -> None:
        shutil.copyfile(path, self._folder / key.replace("/", "-"))

    def copy(self, key: str, version_id: str, target: str) -> None:
        raise AssertionError("a drop of rows alone is read, not copied")

    def write_json(self, key: str, value: Any) -> None:
        (self._folder / key.replace("/", "-")).write_text(json.dumps(value))


class _Book:
    """The ledger as one record."""

    def __init__(self) -> None:
        self.run: dict[str, Any] = {}

    def claim(self, drop: Drop, execution: str) -> Claim:
        return Claim(ClaimOutcome.CLAIMED, "reviews-1")

    def record(self, run: str, status: RunStatus | None = None, **fields: Any) -> None:
        self.run |= fields

    def end(self, run: str, status: RunStatus, **fields: Any) -> None:
        self.run |= fields


def _no_hub(wanted: Hub) -> HubModel | Problem:
    raise AssertionError("a drop of rows alone names no model of the Hub")


def inspect(path: Path, folder: Path) -> int:
    """Every row read and checked, duplicates found, rows held out, canonical rows and profile written."""
    settings = Settings(stack="bench", data_bucket="bench-data", ledger_table="bench-ledger", base_model="some/model")
    book = _Book()
    desk = Inspection(_Disk(path, folder), book, settings, lambda: datetime.now(UTC), _no_hub)
    answer = desk.inspect(f"{_KEY}{path.name}", "execution")
    if answer["outcome"] != "ready":
        raise SystemExit(f"expected a drop that is ready; found {book.run}")
    return sum(book.run["data"]["rows"].values())


def pandas(path: Path, folder: Path) -> int:
    """The whole table in memory, duplicates and labels counted."""
    import pandas as pd  # noqa: PLC0415

    frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    frame.duplicated("text").sum()
    frame["label"].value_counts()
    return len(frame)


def datasets(path: Path, folder: Path) -> int:
    """The table written into the cache as Arrow and mapped from there, labels counted."""
    from datasets import load_dataset  # noqa: PLC0415

    kind = path.suffix.removeprefix(".")
    rows = load_dataset(kind, data_files=str(path), split="train", cache_dir=str(folder))
    Counter(rows["label"])
    return len(rows)


READERS: dict[str, Callable[[Path, Path], int]] = {"inspect": inspect, "pandas": pandas, "datasets": datasets}


def main(reader: str, path: str, folder: str) -> None:
    start = time.perf_counter()
    rows = READERS[reader](Path(path), Path(folder))
    print(json.dumps({"seconds": time.perf_counter() - start, "rows": rows}))


if __name__ == "__main__":
    main(*sys.argv[1:])
