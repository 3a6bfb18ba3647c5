"""The whole benchmark on the CPU, with tiny models: every row is measured, or skipped for a reason that is a CPU's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import gpu
from benchmarks.gpu_stages import STAGES

SKIPPED = {"skipped: fp16 needs a GPU", "skipped: bfloat16 is for GPUs from Ampere on"}


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_row_is_measured_on_a_cpu(tmp_path: Path) -> None:
    tiny = [
        "--device",
        "cpu",
        "--tiny",
        "--rows",
        "64",
        "--rounds",
        "1",
        "--minutes",
        "18",
    ]
    assert gpu.main([*tiny, "--out", str(tmp_path)]) == 0
    rows = json.loads((tmp_path / "gpu.json").read_text("utf-8"))
    expected = []
    for stage in STAGES.values():
        expected += [(stage.name, row) for row in stage.rows]
    assert [(row["stage"], row["name"]) for row in rows] == expected
    states = {row["state"] for row in rows}
    assert states == {"measured", *SKIPPED}
    for row in rows:
        assert row["state"] in SKIPPED or row["figures"], row
    table = (tmp_path / "gpu.md").read_text("utf-8").splitlines()
    assert len(table) == len(rows) + 2
