from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from inference.model import hardware
from training.fine_tuning import device


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("OMP_NUM_THREADS", "LOCAL_WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)


@pytest.mark.parametrize(
    ("flags", "result"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_bf16\n", True),
        ("flags\t\t: fpu avx512f amx_tile amx_bf16\n", True),
        ("flags\t\t: fpu avx2 avx512f avx512bw\n", False),
        ("Features\t: fp asimd bf16\n", False),
        ("", False),
    ],
)
def test_bfloat16_is_for_cpus_that_multiply_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, flags: str, result: bool
) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{flags}")
    monkeypatch.setattr(hardware, "CPU_INFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    prepared = device.prepare()
    assert prepared.settings == {"use_cpu": True, "bf16": result, "dataloader_pin_memory": False}
    assert prepared.padding_multiple is None


def test_a_machine_that_tells_nothing_of_its_cpu_computes_in_float32(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(hardware, "CPU_INFO", tmp_path / "missing")
    assert not device.multiplies_bf16()


@pytest.mark.parametrize(
    ("arguments", "processes", "threads"),
    [
        (None, None, 8),
        (None, "2", 4),
        (None, "16", 1),
        ("1", "2", 4),
        ("3", "2", 7),
        ("1", None, 7),
    ],
)
def test_processes_share_the_cores_and_what_the_user_set_stays(
    monkeypatch: pytest.MonkeyPatch, arguments: str | None, processes: str | None, threads: int
) -> None:
    monkeypatch.setattr(device, "physical_cores", lambda: 8)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for name, value in (("OMP_NUM_THREADS", arguments), ("LOCAL_WORLD_SIZE", processes)):
        if value:
            monkeypatch.setenv(name, value)
    torch.set_num_threads(7)
    device.prepare()
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize(
    ("major", "settings", "multiple"),
    [
        (9, {"bf16": True, "fp16": False, "tf32": True}, 8),
        (8, {"bf16": True, "fp16": False, "tf32": True}, 8),
        (7, {"bf16": False, "fp16": True, "tf32": None}, 8),
        (6, {"bf16": False, "fp16": False, "tf32": None}, None),
    ],
)
def test_a_gpu_computes_in_what_its_generation_does_fast(
    monkeypatch: pytest.MonkeyPatch,
    major: int,
    settings: dict[str, bool | None],
    multiple: int | None,
) -> None:
    gpu = SimpleNamespace(
        is_available=lambda: True,
        get_device_capability=lambda: (major, 0),
        device_count=lambda: 2,
        get_device_name=lambda: "GPU",
    )
    monkeypatch.setattr(torch, "cuda", gpu)
    assert device.prepare() == device.Device("GPU x 2", multiple, settings)
