from __future__ import annotations

import os
from pathlib import Path

import pytest

from inference.server import workers
from inference.server.workers import default_worker_count, worker_environment


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(workers, "physical_cores", lambda: 8)
    monkeypatch.setattr(workers, "gpu_count", lambda: 0)


def test_workers_share_the_cores() -> None:
    assert worker_environment(0, 4)["OMP_NUM_THREADS"] == "2"
    assert worker_environment(0, 16)["OMP_NUM_THREADS"] == "1"


def test_threads_that_were_set_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert worker_environment(0, 4)["OMP_NUM_THREADS"] == "3"


def test_weights_lie_in_huge_pages_unless_glibc_was_tuned_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    assert worker_environment(0, 1)["GLIBC_TUNABLES"] == "glibc.malloc.hugetlb=1"
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.check=3")
    assert worker_environment(0, 1)["GLIBC_TUNABLES"] == "glibc.malloc.check=3"


def test_each_worker_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "gpu_count", lambda: 2)
    assert [
        worker_environment(number, 3)["CUDA_VISIBLE_DEVICES"] for number in range(3)
    ] == [
        "0",
        "1",
        "0",
    ]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert worker_environment(0, 3)["CUDA_VISIBLE_DEVICES"] == "1"


def test_workers_find_the_package() -> None:
    first = worker_environment(0, 1)["PYTHONPATH"].split(os.pathsep)[0]
    assert (Path(first) / "inference" / "server").is_dir()


def test_weights_are_held_once_and_a_gpu_has_one_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_worker_count(tmp_path, "auto") == 1
    monkeypatch.setattr(workers, "gpu_count", lambda: 4)
    assert default_worker_count(tmp_path, "auto") == 4
