from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pytest

from tests.unit.functions.drops import Desk
from tests.unit.functions.inspect.formats.columns import BOTH, LABELS, TEXTS, opened
from tests.unit.functions.written import parquet


@pytest.mark.parametrize(
    "compression", ["snappy", "gzip", "zstd", "lz4", "brotli", "none"]
)
def test_parquet_is_read_in_every_compression(compression: str) -> None:
    content = parquet(
        pa.table({"text": TEXTS, "label": LABELS}),
        compression=compression,
        row_group_size=70,
    )
    assert [
        row["text"]
        for _, row in opened(content, "pq").rows(BOTH)
        if isinstance(row, dict)
    ] == TEXTS


def test_a_pandas_index_is_no_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": TEXTS, "label": pd.Categorical(LABELS)}).query(
        "label != 'good'"
    )
    frame.to_parquet(tmp_path / "a.parquet")
    table = opened((tmp_path / "a.parquet").read_bytes(), "parquet")
    assert table.columns == ("text", "label")
    rows = [row for _, row in table.rows(BOTH)]
    assert rows == frame[["text", "label"]].to_dict("records")


def test_the_whole_of_inspect_takes_a_compressed_parquet_file() -> None:
    desk = Desk()
    content = gzip.compress(parquet(pa.table({"text": TEXTS, "label": LABELS})))
    seen = desk.inspect({"r.parquet.gz": content})
    assert seen["outcome"] == "ready"
    rows = [
        *desk.bucket.rows(seen["run"], "train"),
        *desk.bucket.rows(seen["run"], "test"),
    ]
    assert {(row["text"], row["label"]) for row in rows} == set(
        zip(TEXTS, LABELS, strict=True)
    )
