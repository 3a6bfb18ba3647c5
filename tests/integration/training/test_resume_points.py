"""A training gone on with after any kind of interruption ends with the very weights of one that never stopped."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch

from tasks import get_task
from tests.integration.training.forms import TRIALS
from tests.integration.training.resuming import Broken, KilledError, Training, same
from training.common.errors import Interrupted
from training.fine_tuning.manifest import CheckpointManifest, write_manifest

STEPS = 11
"""Batches of an epoch of `ROWS` rows."""


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def training(
    folder: Path,
    form: str = "text-classification",
    validation: bool = True,
    **settings: Any,
) -> Training:
    name, _, variant = form.partition("/")
    return Training(
        folder, get_task(name, variant), TRIALS[form], validation, settings
    ).prepared()


@cache
def _ended(form: str, settings: tuple[tuple[str, Any], ...]) -> dict[str, torch.Tensor]:
    with TemporaryDirectory() as folder:
        return training(Path(folder), form, **dict(settings)).life()


def uninterrupted(
    form: str = "text-classification", **settings: Any
) -> dict[str, torch.Tensor]:
    """The weights of a training that nothing broke off, made once for each of its settings."""
    return _ended(form, tuple(sorted(settings.items())))


def holds(
    folder: Path, *breaks: Broken, form: str = "text-classification", **settings: Any
) -> bool:
    """Whether the breaks, one after another, leave no trace in the weights."""
    expected = uninterrupted(form, **settings)
    parts = training(folder / "parts", form, **settings)
    for broken in breaks:
        with pytest.raises(KilledError if broken.by == "kill" else Interrupted):
            parts.life(broken)
    return same(parts.life(), expected)


EPOCH_END, SECOND_EPOCH = STEPS, STEPS + 1

SCENARIOS: dict[str, tuple[list[Broken], dict[str, Any]]] = {
    "killed anywhere": ([Broken(1), Broken(5), Broken(8), Broken(2), Broken(9)], {}),
    "stopped anywhere": (
        [Broken(1, "term"), Broken(9, "term"), Broken(1, "term"), Broken(7, "term")],
        {},
    ),
    "stopped at an epoch's last step": ([Broken(EPOCH_END, "term")], {}),
    "killed while it validates": ([Broken(1, "kill", "prediction_step")], {}),
    "stopped while it validates": ([Broken(1, "term", "prediction_step")], {}),
    "without a validation split": (
        [Broken(4), Broken(8), Broken(5, "term")],
        {"validation": False},
    ),
    "with gradients accumulated": (
        [Broken(4), Broken(8, "term"), Broken(5)],
        {"gradient_accumulation_steps": 3, "eval_steps": 2},
    ),
    "validated every few steps": (
        [Broken(4, "term"), Broken(3)],
        {"eval_steps": 4, "eval_on_start": True},
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_interruption_leaves_a_trace(tmp_path: Path, name: str) -> None:
    breaks, settings = SCENARIOS[name]
    assert holds(tmp_path, *breaks, **{"epochs": 2, **settings})


def test_early_stopping_counts_on_and_is_not_undone_by_a_kill_after_it(
    tmp_path: Path,
) -> None:
    """A rate of nothing gains nothing, so that the third validation is the last."""
    settings: dict[str, Any] = {
        "learning_rate": 1e-12,
        "warmup_ratio": 0,
        "epochs": 6,
        "early_stopping_patience": 2,
    }
    parts = training(tmp_path, **settings)
    with pytest.raises(KilledError):
        parts.life(Broken(2 * STEPS + 3))
    ended = parts.life()
    assert 3 * STEPS in parts.checkpoints
    assert same(parts.life(Broken(1)), ended)


def test_a_training_that_ended_within_an_epoch_takes_no_further_step(
    tmp_path: Path,
) -> None:
    parts = training(tmp_path, max_steps=STEPS + 4, eval_steps=5)
    ended = parts.life()
    assert same(parts.life(Broken(1)), ended)


def test_another_machine_may_go_on_and_still_finds_the_best(tmp_path: Path) -> None:
    """Its folder has another name, as that of a job's second try has."""
    settings: dict[str, Any] = {
        "epochs": 4,
        "early_stopping_patience": 4,
        "learning_rate": 0.02,
    }
    expected = training(tmp_path / "whole", **settings).life()
    first, second = (
        training(tmp_path / name, **settings) for name in ("first", "second")
    )
    with pytest.raises(KilledError):
        first.life(Broken(3 * STEPS + 5))
    (first.folder / "checkpoints").rename(second.folder / "checkpoints")
    assert same(second.life(), expected)


def test_a_damaged_checkpoint_costs_only_the_steps_since_the_one_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = uninterrupted(validation=False, epochs=1)
    parts = training(tmp_path, validation=False, epochs=1)
    with pytest.raises(KilledError):
        parts.life(Broken(7))
    damaged = parts.checkpoints[6] / "optimizer.pt"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    assert same(parts.life(), expected)
    printed = capsys.readouterr().out
    assert (
        "Not going on from the checkpoint at step 6: its optimizer.pt is damaged or missing\n"
        in printed
    )
    assert "Going on from the checkpoint at step 5\n" in printed


def test_thirty_old_checkpoints_in_s3_are_no_burden(tmp_path: Path) -> None:
    """As SageMaker brings them back: whole ones of the same training, in folders of any name."""
    expected = uninterrupted(validation=False, epochs=1)
    parts = training(tmp_path, validation=False, epochs=1)
    with pytest.raises(KilledError):
        parts.life(Broken(7))
    oldest = parts.checkpoints[5]
    for number in range(100, 130):
        old = oldest.with_name(f"checkpoint-{number}")
        shutil.copytree(oldest, old)
        write_manifest(old, 1, fingerprint=CheckpointManifest.read(oldest).fingerprint)
    assert same(parts.life(), expected)
    names = {path.name for path in (parts.folder / "checkpoints").iterdir()}
    assert names == {"checkpoint-a", "checkpoint-b"}


def test_a_full_disk_costs_the_checkpoint_that_was_being_saved(tmp_path: Path) -> None:
    expected = uninterrupted(validation=False, epochs=1)
    parts = training(tmp_path, validation=False, epochs=1)
    with pytest.raises(OSError, match="No space left on device"):
        parts.life(Broken(7, "full disk", "_save_optimizer_and_scheduler"))
    assert list(parts.checkpoints) == [6]
    assert same(parts.life(), expected)


def test_a_checkpoint_of_other_hyperparameters_is_not_gone_on_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new, parts = (
        training(tmp_path / name, validation=False, epochs=1)
        for name in ("new", "parts")
    )
    with pytest.raises(KilledError):
        parts.life(Broken(7))
    assert same(parts.life(seed=1), new.life(seed=1))
    printed = capsys.readouterr().out
    assert (
        "Not going on from the checkpoint at step 6: it was made with other hyperparameters\n"
        in printed
    )
    assert "Going on from" not in printed


MORE: dict[str, tuple[list[Broken], dict[str, Any]]] = {
    "adapters": (
        [Broken(4), Broken(9, "term"), Broken(3)],
        {"lora": True, "learning_rate": 0.01},
    ),
    "a plateau": (
        [Broken(9), Broken(9)],
        {"lr_scheduler_type": "reduce_lr_on_plateau", "epochs": 3},
    ),
    "noise in the embeddings": (
        [Broken(4), Broken(9, "term")],
        {"neftune_noise_alpha": 5.0},
    ),
    "adafactor": (
        [Broken(4), Broken(9, "term")],
        {"optim": "adafactor", "lr_scheduler_type": "cosine"},
    ),
    "loading processes": (
        [Broken(4), Broken(9, "term")],
        {"dataloader_num_workers": 1},
    ),
    "a part of an epoch": (
        [Broken(4), Broken(4, "term")],
        {"epochs": 1.6, "eval_steps": 0.3},
    ),
    "late validation": ([Broken(14), Broken(9)], {"eval_delay": 2, "epochs": 3}),
    "every break": (
        [Broken(step, by) for step in (1, 2, 3, 11, 12) for by in ("kill", "term")],
        {"epochs": 7, "early_stopping_patience": 9},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MORE)
def test_no_interruption_leaves_a_trace_in_what_users_may_choose(
    tmp_path: Path, name: str
) -> None:
    breaks, settings = MORE[name]
    assert holds(tmp_path, *breaks, **{"epochs": 2, **settings})


@pytest.mark.parametrize("form", ["text-generation", "fill-mask"])
def test_no_interruption_leaves_a_trace_in_packed_texts_or_hidden_words(
    tmp_path: Path, form: str
) -> None:
    assert holds(
        tmp_path, Broken(5), Broken(4, "term"), form=form, epochs=2, max_length=16
    )


@pytest.mark.slow
@pytest.mark.parametrize("form", TRIALS)
def test_no_interruption_leaves_a_trace_in_any_form_of_any_task(
    tmp_path: Path, form: str
) -> None:
    breaks = (Broken(4), Broken(6, "term"), Broken(1), Broken(5, "kill"))
    # Packed, the texts of this form are few.
    settings = {"max_length": 16} if form == "text-generation" else {}
    assert holds(tmp_path, *breaks, form=form, epochs=2, **settings)
