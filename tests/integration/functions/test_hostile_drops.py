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


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_drop_is_rejected_within_limits(name: str) -> None:
    answer = inspected(name)
    assert answer["outcome"] == "rejected"
    assert "expected" in answer["problem"]
    assert "; found " in answer["problem"]
    assert answer["megabytes"] < MAX_MEGABYTES
