from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchmarks.gpu_training import WAYS, _cross_entropy, peak_memory, unsupported


def test_the_loss_is_that_of_torch() -> None:
    logits = np.array([[2.0, -1.0], [0.5, 800.0], [0.0, 0.0]])
    rows = [{"label": "b"}, {"label": "b"}, {"label": "a"}]
    job = SimpleNamespace(test=rows, recipe=SimpleNamespace(labels=["a", "b"]))
    expected = torch.nn.functional.cross_entropy(
        torch.tensor(logits), torch.tensor([1, 1, 0])
    )
    assert _cross_entropy(logits, job) == pytest.approx(float(expected))


def test_only_fp16_needs_a_gpu() -> None:
    assert [name for name in WAYS if unsupported(name, "cpu")] == ["ours-fp16"]
    assert not any(unsupported(name, "cuda") for name in WAYS)


def test_without_a_gpu_no_memory_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert peak_memory() == {}
