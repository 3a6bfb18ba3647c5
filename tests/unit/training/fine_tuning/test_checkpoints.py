from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from training.common.errors import Interrupted
from training.fine_tuning.checkpoint_folders import CheckpointFolders
from training.fine_tuning.checkpoints import Checkpoints, StopSignal
from training.fine_tuning.manifest import (
    Checkpoint,
    CheckpointManifest,
    complete_newest_first,
)


def state(number: int = 5, epoch: float = 0.5) -> SimpleNamespace:
    return SimpleNamespace(
        global_step=number,
        max_steps=10,
        epoch=epoch,
        best_global_step=None,
        is_world_process_zero=True,
    )


ARGUMENTS = SimpleNamespace(
    world_size=1, process_index=0, save_strategy="epoch", load_best_model_at_end=False
)


@pytest.fixture
def folders(tmp_path: Path) -> CheckpointFolders:
    (tmp_path / "links").mkdir()
    return CheckpointFolders(tmp_path / "checkpoints", tmp_path / "links")


def step(callback: Checkpoints, number: int = 5, epoch: float = 0.5) -> SimpleNamespace:
    control = SimpleNamespace(should_save=False, should_training_stop=False)
    callback.on_step_end(ARGUMENTS, state(number, epoch), control)
    return control


def saved(
    callback: Checkpoints,
    folders: CheckpointFolders,
    number: int = 5,
    *,
    best: int | None = None,
    over: bool = False,
) -> Any:
    """A checkpoint as `Trainer` leaves it, and what the callback makes of it."""
    arguments: Any = ARGUMENTS
    folders.open(number, arguments)
    path = folders.at_step(number)
    (path / "model.safetensors").write_bytes(b"weights")
    control = SimpleNamespace(should_training_stop=over)
    arguments = SimpleNamespace(world_size=1, load_best_model_at_end=best is not None)
    result = state(number)
    result.best_global_step = best
    callback.on_save(arguments, result, control)
    return control


@pytest.fixture
def stop() -> Iterator[StopSignal]:
    """One that listens."""
    previous = signal.getsignal(signal.SIGTERM)
    made = StopSignal()
    made.listen()
    yield made
    signal.signal(signal.SIGTERM, previous)


def test_a_short_job_pays_for_no_checkpoint(folders: CheckpointFolders) -> None:
    assert not step(Checkpoints(folders, 300, StopSignal())).should_save


def test_after_the_interval_a_checkpoint_is_due_but_not_at_the_end(
    folders: CheckpointFolders,
) -> None:
    callback = Checkpoints(folders, 0, StopSignal())
    assert step(callback).should_save
    assert not step(callback, 10).should_save


def test_the_last_step_of_an_epoch_is_saved_after_its_validation(
    folders: CheckpointFolders,
) -> None:
    callback = Checkpoints(folders, 0, StopSignal())
    assert not step(callback, epoch=1.0).should_save


def test_a_stop_saves_and_ends(folders: CheckpointFolders) -> None:
    stop = StopSignal()
    stop.received = True
    callback = Checkpoints(folders, 300, stop)
    assert step(callback).should_save
    assert saved(callback, folders).should_training_stop


def test_a_checkpoint_without_a_stop_ends_nothing(folders: CheckpointFolders) -> None:
    assert not saved(
        Checkpoints(folders, 0, StopSignal()), folders
    ).should_training_stop


def test_of_an_epoch_that_was_cut_short_nothing_is_validated(
    folders: CheckpointFolders,
) -> None:
    callback = Checkpoints(folders, 300, StopSignal())
    cut, whole, last = (
        SimpleNamespace(should_evaluate=True, should_save=True) for _ in range(3)
    )
    callback.on_epoch_end(ARGUMENTS, state(5, 0.5), cut)
    callback.on_epoch_end(ARGUMENTS, state(5, 1.0), whole)
    callback.on_epoch_end(ARGUMENTS, state(10, 1.5), last)
    assert [item.should_evaluate for item in (cut, whole, last)] == [False, True, True]
    assert [item.should_save for item in (cut, whole, last)] == [False, True, True]


def test_the_manifest_says_whether_anything_is_left_to_train(
    folders: CheckpointFolders,
) -> None:
    callback = Checkpoints(folders, 0, StopSignal())
    for number, over in ((5, False), (6, True), (10, False)):
        saved(callback, folders, number, over=over)
    newest = complete_newest_first(folders.directory)
    assert [checkpoint.manifest.ended for checkpoint in newest] == [True, True]
    stop = StopSignal()
    stop.received = True
    saved(Checkpoints(folders, 0, stop), folders, 7)
    assert not CheckpointManifest.read(folders.at_step(7)).ended, "a stop is not an end"


def test_the_two_newest_are_kept_and_the_best(folders: CheckpointFolders) -> None:
    callback = Checkpoints(folders, 0, StopSignal())
    for number in (1, 2, 3, 4):
        saved(callback, folders, number, best=1)
    newest = complete_newest_first(folders.directory)
    assert [checkpoint.manifest.step for checkpoint in newest] == [4, 3, 1]


def test_the_seconds_before_an_interruption_count(folders: CheckpointFolders) -> None:
    resumed = Checkpoint(folders.directory, CheckpointManifest({}, 1, seconds=1000.0))
    assert (
        1000.0
        <= Checkpoints(folders, 0, StopSignal(), resumed=resumed).seconds
        < 1100.0
    )


def test_a_stop_before_training_ends_the_job_at_once(stop: StopSignal) -> None:
    with pytest.raises(Interrupted) as raised:
        signal.raise_signal(signal.SIGTERM)
    assert raised.value.code == 143
    signal.raise_signal(signal.SIGTERM)
    assert stop.received, "a second one does not break off what the first began"


def test_a_stop_in_training_or_after_it_interrupts_nothing(stop: StopSignal) -> None:
    stop.training = True
    signal.raise_signal(signal.SIGTERM)
    assert stop.received
    stop.training_ended()
    stop.received = False
    signal.raise_signal(signal.SIGTERM)
    assert stop.received
