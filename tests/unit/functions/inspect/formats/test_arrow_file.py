from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pytest

from tests.unit.functions.inspect.formats.columns import BOTH, LABELS, TEXTS, opened
from tests.unit.functions.written import arrow_file, arrow_stream


@pytest.mark.parametrize("write", [arrow_file, arrow_stream])
@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_arrow_is_read_compressed(write: Any, compression: str) -> None:
    table = opened(
        write(pa.table({"text": TEXTS, "label": LABELS}), compression=compression),
        "arrow",
    )
    assert [
        row["text"] for _, row in table.rows(BOTH) if isinstance(row, dict)
    ] == TEXTS


def test_feather_of_pandas_is_read(tmp_path: Path) -> None:
    pd.DataFrame({"text": TEXTS, "label": LABELS}).to_feather(tmp_path / "a.feather")
    table = opened((tmp_path / "a.feather").read_bytes(), "feather")
    assert [
        row["label"] for _, row in table.rows(BOTH) if isinstance(row, dict)
    ] == LABELS
