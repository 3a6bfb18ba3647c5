from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks import gpu
from benchmarks.gpu import (
    OUT_OF_TIME,
    Row,
    StageResult,
    rows_of,
    run_stage,
    table,
    with_ratios,
)
from benchmarks.gpu_cases import Options
from benchmarks.gpu_stages import RESULT, STAGES

STAGE = STAGES["two-processes"]
ONE, TWO = STAGE.rows


def _options(folder: Path) -> Options:
    return Options("cpu", rows=8, test_rows=8, rounds=1, tiny=True, folder=folder)


def _result(*lines: dict[str, Any], end: str = "") -> StageResult:
    result = StageResult(end=end)
    for line in lines:
        result.add(RESULT + json.dumps(line))
    return result


def test_a_row_has_the_medians_of_its_rounds() -> None:
    rounds = [{"rows_per_second": 1.0, "loss": 0.5}, {"rows_per_second": 9.0}]
    lines = [{"row": ONE, "figures": figures} for figures in rounds]
    row, _ = rows_of(STAGE, _result(*lines))
    assert row == Row(
        STAGE.name, ONE, "measured", 2, {"rows_per_second": 5.0, "loss": 0.5}
    )


@pytest.mark.parametrize(
    ("end", "state"),
    [
        ("", OUT_OF_TIME),
        (OUT_OF_TIME, OUT_OF_TIME),
        ("failed: broken", "failed: broken"),
    ],
)
def test_a_row_without_figures_says_why(end: str, state: str) -> None:
    rows = list(rows_of(STAGE, _result({"row": ONE, "skipped": "one device"}, end=end)))
    assert [row.state for row in rows] == ["skipped: one device", state]


def test_ratios_are_ours_against_each() -> None:
    ours = Row("train-generation", "ours-bf16", "measured", 1, {"rows_per_second": 6.0})
    peer = Row("train-generation", "trainer", "measured", 1, {"rows_per_second": 2.0})
    missing = Row("train-generation", "ours-fp16", "skipped: no GPU")
    ratios = [row.figures.get("ratio") for row in with_ratios([ours, peer, missing])]
    assert ratios == [1.0, 3.0, None]


def test_servers_are_compared_at_the_same_batch() -> None:
    speeds = {"ours, batch 1": 4.0, "ours, batch 32": 30.0, "pipeline, batch 32": 10.0}
    rows = []
    for name, speed in speeds.items():
        rows.append(
            Row("serve-classification", name, "measured", 1, {"rows_per_second": speed})
        )
    ratios = [row.figures["ratio"] for row in with_ratios(rows)]
    assert ratios == [1.0, 1.0, 3.0]


def test_the_table_has_every_row_and_figure() -> None:
    rows = [
        Row("resume", "killed", "measured", 1, {"resumed_at_step": 7, "loss": 0.25}),
        Row("two-processes", ONE, OUT_OF_TIME),
    ]
    assert list(table(rows))[2:] == [
        "| resume | killed | 1 |  |  |  |  |  | 0.2500 |  | resumed at step 7 |",
        "| two-processes | one process |  |  |  |  |  |  |  |  | out of time |",
    ]


def test_a_stage_ends_with_its_time_and_so_do_its_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "stage.py"
    script.write_text(
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
        " start_new_session=True)\n"
        f'print(\'{RESULT}\' + \'{{"row": "{ONE}", "figures": {{"pid": %d}}}}\' % child.pid,'
        " flush=True)\n"
        "time.sleep(60)\n"
    )
    monkeypatch.setattr(gpu, "STAGE_COMMAND", (sys.executable, str(script)))
    started = time.monotonic()
    result = run_stage(STAGE, _options(tmp_path), 2.0, tmp_path / "log")
    assert time.monotonic() - started < 30
    assert result.end == OUT_OF_TIME
    (figures,) = result.rounds[ONE]
    with pytest.raises(psutil.NoSuchProcess):
        psutil.Process(figures["pid"]).wait(10)
        psutil.Process(figures["pid"])


def test_a_stage_that_fails_says_its_last_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        gpu, "STAGE_COMMAND", (sys.executable, "-c", "raise SystemExit('no GPU')")
    )
    result = run_stage(STAGE, _options(tmp_path), 30.0, tmp_path / "log")
    assert result.end == "failed: no GPU"


def test_without_a_device_nothing_else_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        gpu, "STAGE_COMMAND", (sys.executable, "-c", "raise SystemExit('no GPU')")
    )
    assert gpu.main(["--out", str(tmp_path)]) == 1
    rows = json.loads((tmp_path / "gpu.json").read_text("utf-8"))
    assert {row["state"] for row in rows} == {"failed: no GPU"}
    assert len(rows) == sum(len(stage.rows) for stage in STAGES.values())
    assert (tmp_path / "gpu.md").read_text("utf-8") in capsys.readouterr().out


@pytest.mark.parametrize(
    ("stage", "device", "before", "visible"),
    [
        ("train-generation", "cuda", None, "0"),
        ("train-generation", "cuda", "3,1", "3"),
        ("two-processes", "cuda", "3,1", None),
        ("two-processes", "cpu", "3,1", ""),
    ],
)
def test_a_stage_sees_one_gpu_unless_it_is_about_several(
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    device: str,
    before: str | None,
    visible: str | None,
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if before:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", before)
    variables = gpu.visible_gpus(STAGES[stage], device)
    assert variables.get("CUDA_VISIBLE_DEVICES") == visible


def test_the_stages_fit_into_the_time() -> None:
    assert sum(stage.seconds for stage in STAGES.values()) <= 60 * gpu.MINUTES
