from __future__ import annotations

import subprocess
import sys
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
    matmul = torch.get_float32_matmul_precision()
    yield
    torch.set_float32_matmul_precision(matmul)
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
    assert prepared.settings == {
        "use_cpu": True,
        "bf16": result,
        "dataloader_pin_memory": False,
    }
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
    monkeypatch: pytest.MonkeyPatch,
    arguments: str | None,
    processes: str | None,
    threads: int,
) -> None:
    monkeypatch.setattr(device, "physical_cores", lambda: 8)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for name, value in (
        ("OMP_NUM_THREADS", arguments),
        ("LOCAL_WORLD_SIZE", processes),
    ):
        if value:
            monkeypatch.setenv(name, value)
    torch.set_num_threads(7)
    device.prepare()
    assert torch.get_num_threads() == threads


def _claim_gpu(monkeypatch: pytest.MonkeyPatch, major: int) -> None:
    gpu = SimpleNamespace(
        is_available=lambda: True,
        get_device_capability=lambda: (major, 0),
        device_count=lambda: 2,
        get_device_name=lambda: "GPU",
    )
    monkeypatch.setattr(torch, "cuda", gpu)


@pytest.mark.parametrize(
    ("major", "settings", "multiple", "matmul"),
    [
        (9, {"bf16": True, "fp16": False}, 8, "high"),
        (8, {"bf16": True, "fp16": False}, 8, "high"),
        (7, {"bf16": False, "fp16": True}, 8, "highest"),
        (6, {"bf16": False, "fp16": False}, None, "highest"),
    ],
)
def test_a_gpu_computes_in_what_its_generation_does_fast(
    monkeypatch: pytest.MonkeyPatch,
    major: int,
    settings: dict[str, bool],
    multiple: int | None,
    matmul: str,
) -> None:
    _claim_gpu(monkeypatch, major)
    assert device.prepare() == device.Device("GPU x 2", multiple, settings)
    assert torch.get_float32_matmul_precision() == matmul


def test_tf32_is_left_off_where_the_user_turns_it_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _claim_gpu(monkeypatch, 8)
    device.prepare(tf32=False)
    assert torch.get_float32_matmul_precision() == "highest"


@pytest.mark.parametrize(
    "by_transformers", [pytest.param(False, marks=pytest.mark.slow), True]
)
def test_tf32_is_set_so_that_torch_compile_can_read_it(by_transformers: bool) -> None:
    """In a process of its own, since torch does not forget which of its interfaces was used.

    transformers sets TF32 once more where a model is compiled in bfloat16. Inductor reads `allow_tf32`.
    """
    script = f"""
import torch
from transformers.utils.import_utils import enable_tf32
from training.fine_tuning import device
torch.cuda.is_available, torch.cuda.device_count = lambda: True, lambda: 1
torch.cuda.get_device_capability, torch.cuda.get_device_name = lambda: (8, 0), lambda: "GPU"
if device.prepare().settings.get("tf32") or {by_transformers}:
    enable_tf32(True)
print(torch.backends.cuda.matmul.allow_tf32, torch.get_float32_matmul_precision())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert done.stdout == "True high\n", done.stderr
