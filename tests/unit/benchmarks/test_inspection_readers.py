from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import reviews
from benchmarks.inspection_readers import inspect, pandas
from benchmarks.reviews import write_csv, write_parquet


@pytest.fixture(autouse=True)
def _small_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviews, "_ROWS_PER_WRITE", 200)


@pytest.mark.parametrize(
    ("name", "write"), [("reviews.csv", write_csv), ("reviews.parquet", write_parquet)]
)
def test_inspect_and_pandas_read_the_same_rows(
    name: str, write: object, tmp_path: Path
) -> None:
    assert callable(write)
    write(tmp_path / name, 300_000)
    assert (tmp_path / name).stat().st_size >= 300_000
    rows = inspect(tmp_path / name, tmp_path)
    assert rows == pandas(tmp_path / name, tmp_path)
    assert rows % 200 == 0
