"""Parquet and Arrow files, as their usual writers write them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.feather

from tests.unit.functions.inspect.formats.columns import WRITERS

ALONE = """
import io, sys
from functions.inspect.formats import open_table
assert "pyarrow" not in sys.modules
sys.modules["numpy"] = sys.modules["pandas"] = None
for extension in ("parquet", "feather", "arrow"):
    with open(f"{sys.argv[1]}/a.{extension}", "rb") as file:
        print([row["text"] for _, row in open_table(file, extension).rows({"text": "text"})])
"""


def test_pyarrow_comes_with_the_first_table_and_needs_nothing_else(
    tmp_path: Path,
) -> None:
    for extension, write in WRITERS.items():
        (tmp_path / f"a.{extension}").write_bytes(
            write(pa.table({"text": pa.array([1], pa.timestamp("ns", "UTC"))}))
        )
    command = [sys.executable, "-c", ALONE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout) == ("", "['1970-01-01 00:00:00.000000001']\n" * 3)
