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


EPOCH_END, SECOND_EPOCH = STEPS, STEPS + 1

SCENARIOS: dict[str, tuple[list[Broken], dict[str, Any]]] = {
    "killed anywhere": ([Broken(1), Broken(5), Broken(8), Broken(2), Broken(9)], {}),
    "stopped anywhere": ([Broken(1, "term"), Broken(9, "term"), Broken(1, "term"), Broken(7, "term")], {}),
    "stopped at an epoch's last step": ([Broken(EPOCH_END, "term")], {}),
    "killed while it validates": ([Broken(1, "kill", "prediction_step")], {}),
    "stopped while it validates": ([Broken(1, "term", "prediction_step")], {}),
    "without a validation split": ([Broken(4), Broken(8), Broken(5, "term")], {"validation": False}),
    "with gradients accumulated": (
        [Broken(4), Broken(8, "term"), Broken(5)],
        {"gradient_accumulation_steps": 3, "eval_steps": 2},
    ),
    "validated every few steps": ([Broken(4, "term"), Broken(3)], {"eval_steps": 4, "eval_on_start": True}),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_interruption_leaves_a_trace(tmp_path: Path, name: str) -> None:
    breaks, settings = SCENARIOS[name]
    assert holds(tmp_path, *breaks, **{"epochs": 2, **settings})


def test_early_stopping_counts_on_and_is_not_undone_by_a_kill_after_it(tmp_path: Path) -> None:
    """A rate of nothing gains nothing, so that the third validation is the last."""
    settings: dict[str, Any] = {"learning_rate": 1e-12, "warmup_ratio": 0, "epochs": 6, "early_stopping_patience": 2}
    parts = training(tmp_path, **settings)
    with pytest.raises(Killed):
        parts.life(Broken(2 * STEPS + 3))
    ended = parts.life()
    assert f"checkpoint-{3 * STEPS}" in parts.checkpoints
    assert same(parts.life(Broken(1)), ended)


def test_a_training_that_ended_within_an_epoch_takes_no_further_step(tmp_path: Path) -> None:
    parts = training(tmp_path, max_steps=STEPS + 4, eval_steps=5)
    ended = parts.life()
    assert same(parts.life(Broken(1)), ended)


def test_another_machine_may_go_on_and_still_finds_the_best(tmp_path: Path) -> None:
    """Its folder has another name, as that of a job's second try has."""
    settings: dict[str, Any] = {"epochs": 4, "early_stopping_patience": 4, "learning_rate": 0.02}
    expected = training(tmp_path / "whole", **settings).life()
    first, second = (training(tmp_path / name, **settings) for name in ("first", "second"))
    with pytest.raises(Killed):
        first.life(Broken(3 * STEPS + 5))
    (first.folder / "checkpoints").rename(second.folder / "checkpoints")
    assert same(second.life(), expected)
