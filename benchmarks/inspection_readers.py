"""The readers that are compared, each in a process of its own: Inspect, pandas and datasets.

`python -m benchmarks.inspection_readers <reader> <file> <folder>` prints one line of JSON: the seconds from opening
the file to the last result, and the number of rows.
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

from contracts.documents import plain
from contracts.locations import drop_prefix
from contracts.model_record import Claim, ClaimOutcome, Drop
from contracts.outcomes import InspectOutcome
from contracts.problems import Problem
from contracts.run_record import RunStatus
from contracts.stored_version import StoredVersion
from functions.adapters.hub import HubModel
from functions.common.drop import StoredObject
from functions.common.settings import Settings
from functions.inspect.inspection import Inspection
from functions.inspect.settings_file import Hub

BUFFER_BYTES = 2**17
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_KEY = drop_prefix("reviews")


class _ForwardOnlyFile(io.RawIOBase):
    """A file that can only be read from front to back, like an object in S3."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


class _LocalBucket:
    """The data bucket on disk: it holds one dropped file, and takes the files that Inspect writes."""

    def __init__(self, dropped: Path, folder: Path) -> None:
        self._dropped, self._folder = dropped, folder

    def list(self, prefix: str) -> list[StoredObject]:
        size = self._dropped.stat().st_size
        return [StoredObject(prefix + self._dropped.name, size, "e", "v", _LONG_AGO)]

    def open(self, key: str, version_id: str = "") -> BinaryIO:
        return io.BufferedReader(_ForwardOnlyFile(self._dropped), BUFFER_BYTES)

    def upload_file(self, path: Path, key: str) -> None:
        shutil.copyfile(path, self._path(key))

    def copy(self, key: str, version_id: str, target: str) -> None:
        raise AssertionError("a drop of rows alone is read, not copied")

    def read_json(self, key: str) -> Any:
        raise AssertionError("only the steps of shards read documents")

    def read_range(self, key: str, start: int, end: int) -> bytes:
        raise AssertionError("only the steps of shards read ranges")

    def write_json(self, key: str, value: Any) -> StoredVersion:
        data = json.dumps(value).encode()
        self._path(key).write_bytes(data)
        return StoredVersion.of(key, data, "")

    def find(self, key: str) -> StoredVersion | None:
        raise AssertionError("a drop of rows alone has no archive")

    def _path(self, key: str) -> Path:
        return self._folder / key.replace("/", "-")


class _OneRunLedger:
    """A ledger with the record of one run."""

    def __init__(self) -> None:
        self.run: dict[str, Any] = {}

    def claim(self, drop: Drop, execution: str) -> Claim:
        return Claim(ClaimOutcome.CLAIMED, "reviews-1")

    def find_model(self, model: str) -> None:
        """No model is live here."""

    def record(self, run: str, status: RunStatus | None = None, **fields: Any) -> None:
        self.run |= plain(fields)

    def end(self, run: str, status: RunStatus, **fields: Any) -> None:
        self.run |= plain(fields)


def _no_hub(wanted: Hub) -> HubModel | Problem:
    raise AssertionError("a drop of rows alone names no model of the Hub")


def inspect(path: Path, folder: Path) -> int:
    """Checks every row, finds duplicates, holds rows out, and writes canonical rows and a profile into `folder`."""
    settings = Settings(
        stack="bench",
        data_bucket="bench-data",
        ledger_table="bench-ledger",
        base_model="some/model",
    )
    ledger = _OneRunLedger()
    bucket = _LocalBucket(path, folder)
    inspection = Inspection(
        bucket, ledger, settings, lambda: datetime.now(UTC), _no_hub
    )
    answer = inspection.inspect(f"{_KEY}{path.name}", "execution")
    if answer["outcome"] != InspectOutcome.READY:
        raise SystemExit(f"expected a drop that is ready; found {ledger.run}")
    rows_of_splits = ledger.run["data"]["rows"]
    return sum(rows_of_splits.values())


def pandas(path: Path, folder: Path) -> int:
    """Reads the whole table into memory and counts duplicates and labels."""
    import pandas as pd  # noqa: PLC0415

    read = pd.read_parquet if path.suffix == ".parquet" else pd.read_csv
    frame = read(path)
    frame.duplicated("text").sum()
    frame["label"].value_counts()
    return len(frame)


def datasets(path: Path, folder: Path) -> int:
    """Writes the table into the cache as Arrow, maps it from there and counts labels."""
    from datasets import load_dataset  # noqa: PLC0415

    file_format = path.suffix.removeprefix(".")
    rows = load_dataset(
        file_format, data_files=str(path), split="train", cache_dir=str(folder)
    )
    Counter(rows["label"])
    return len(rows)


READERS: dict[str, Callable[[Path, Path], int]] = {
    "inspect": inspect,
    "pandas": pandas,
    "datasets": datasets,
}
"""Name -> a function of the file and of a folder for its output; it returns the number of rows."""


def main(reader: str, path: str, folder: str) -> None:
    start = time.perf_counter()
    rows = READERS[reader](Path(path), Path(folder))
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "rows": rows}))


if __name__ == "__main__":
    main(*sys.argv[1:])
