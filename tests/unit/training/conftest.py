from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests import tiny_model, tiny_models
from tests.forkserver import python


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    """New heads start at random. A training flushes denormal numbers to zero in its whole process."""
    torch.manual_seed(0)
    yield
    torch.set_flush_denormal(False)


@pytest.fixture(autouse=True)
def _forked_side_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", python())


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.build(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="session")
def masked_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build_masked_bert(tmp_path_factory.mktemp("masked-bert"))


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build_llama(tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="session")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build_t5(tmp_path_factory.mktemp("t5"))
