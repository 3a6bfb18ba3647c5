"""A training gone on with after any kind of interruption ends with the very weights of one that never stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tasks import get_task
from tests.integration.training.forms import TRIALS
from tests.integration.training.resuming import Broken, Killed, Training, same
from training.errors import Interrupted

STEPS = 11
"""Batches of an epoch of `ROWS` rows."""


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def training(folder: Path, form: str = "text-classification", validation: bool = True, **settings: Any) -> Training:
    name, _, variant = form.partition("/")
    return Training(folder, get_task(name, variant), TRIALS[form], validation, settings).prepared()


def holds(folder: Path, *breaks: Broken, form: str = "text-classification", **settings: Any) -> bool:
    """Whether the breaks, one after another, leave no trace in the weights."""
    whole = training(folder / "whole", form, **settings)
    parts = training(folder / "parts", form, **settings)
    expected = whole.life()
    for broken in breaks:
        with pytest.raises(Killed if broken.by == "kill" else Interrupted):
            parts.life(broken)
    return same(parts.life(), expected)


@pytest.mark.parametrize("by", ["kill", "term"])
@pytest.mark.parametrize("at", [1, 5, STEPS, STEPS + 1, 2 * STEPS + 4])
def test_at_any_step(tmp_path: Path, at: int, by: str) -> None:
    assert holds(tmp_path, Broken(at, by))


@pytest.mark.parametrize("by", ["kill", "term"])
def test_again_and_again(tmp_path: Path, by: str) -> None:
    assert holds(tmp_path, *(Broken(at, by) for at in (2, 7, 3, 9, 1)))
