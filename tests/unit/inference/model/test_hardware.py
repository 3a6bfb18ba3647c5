from __future__ import annotations

import os
from pathlib import Path

import pytest

from inference.model import hardware


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("max 100000", 4), ("250000 100000", 2), ("50000 100000", 1)],
)
def test_threads_share_a_core_and_a_quota_caps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str, expected: int
) -> None:
    for cpu in range(8):
        topology = tmp_path / f"cpu{cpu}" / "topology"
        topology.mkdir(parents=True)
        (topology / "thread_siblings_list").write_text(f"{cpu % 4},{cpu % 4 + 4}\n")
    (tmp_path / "cpu.max").write_text(quota)
    monkeypatch.setattr(hardware, "CPU_FOLDERS", tmp_path)
    monkeypatch.setattr(hardware, "CPU_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert hardware.physical_cores() == expected


def test_gpus_count_where_torch_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the small variant of the serving image nothing else could use them: graphs serve there, on the CPU."""
    (tmp_path / "0000:00:1e.0").mkdir()
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(hardware, "GPU_FOLDERS", tmp_path)
    assert hardware.gpu_count() == 1
    monkeypatch.setattr(hardware, "find_spec", lambda name: None, raising=False)
    assert hardware.gpu_count() == 0
