from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import reviews
from benchmarks.inspection import Measured, median
from benchmarks.peers import inspect, pandas
from benchmarks.reviews import write_csv, write_parquet


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviews, "_ROWS_A_PIECE", 200)


@pytest.mark.parametrize(("name", "write"), [("reviews.csv", write_csv), ("reviews.parquet", write_parquet)])
def test_inspect_and_pandas_read_the_same_rows(name: str, write: object, tmp_path: Path) -> None:
    assert callable(write)
    write(tmp_path / name, 300_000)
    assert (tmp_path / name).stat().st_size >= 300_000
    rows = inspect(tmp_path / name, tmp_path)
    assert rows == pandas(tmp_path / name, tmp_path)
    assert rows % 200 == 0


def test_the_median_is_of_the_times_and_the_memory_is_the_largest() -> None:
    runs = [Measured(seconds, 1.0, 10, memory) for seconds, memory in ((3.0, 1.0), (1.0, 9.0), (2.0, 5.0))]
    assert median(runs) == Measured(2.0, 1.0, 10, 9.0)
