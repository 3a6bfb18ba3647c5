"""Hostile drops are rejected with a sentence, in a quarter of the memory that Inspect has."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.integration.functions.hostile_drops import CASES

MAX_MEGABYTES = 750
"""Of the 3,008 of the function."""


SLOW = frozenset(
    {
        "arrow_of_equal_batches",
        "gzip_of_equal_rows",
        "parquet_with_a_huge_cell",
        "xz_of_equal_rows",
        "model_with_a_million_files",
        "model_with_much_code",
        "parquet_of_many_columns",
    }
)
"""Ten seconds and more, each of a kind of which another is tried."""


def _param(name: str) -> Any:
    return pytest.param(name, marks=(pytest.mark.slow,) if name in SLOW else ())


def inspected(name: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.functions.hostile_drops", name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("name", [_param(name) for name in CASES])
def test_a_hostile_drop_is_rejected_within_limits(name: str) -> None:
    answer = inspected(name)
    assert answer["outcome"] == "rejected"
    assert "expected" in answer["problem"]
    assert "; found " in answer["problem"]
    assert answer["megabytes"] < MAX_MEGABYTES
