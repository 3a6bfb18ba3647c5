from __future__ import annotations

import signal
from pathlib import Path
from types import SimpleNamespace

import pytest

from training.checkpoints import SEAL, Checkpoints, StopSignal, is_complete, last_complete, seal
from training.errors import Interrupted


def checkpoint(folder: Path, step: int, sealed: bool = True) -> Path:
    path = folder / f"checkpoint-{step}"
    path.mkdir()
    (path / "model.safetensors").write_bytes(b"weights")
    if sealed:
        seal(path)
    return path


def test_the_newest_complete_checkpoint_is_taken(tmp_path: Path) -> None:
    checkpoint(tmp_path, 9)
    newest = checkpoint(tmp_path, 100)
    checkpoint(tmp_path, 101, sealed=False)
    assert last_complete(tmp_path) == newest


def test_there_may_be_none(tmp_path: Path) -> None:
    assert last_complete(tmp_path / "absent") is None


def test_a_file_cut_short_or_missing_breaks_the_seal(tmp_path: Path) -> None:
    path = checkpoint(tmp_path, 1)
    (path / "model.safetensors").write_bytes(b"weig")
    assert not is_complete(path)
    (path / "model.safetensors").unlink()
    assert not is_complete(path)


def test_a_broken_seal_counts_as_none(tmp_path: Path) -> None:
    path = checkpoint(tmp_path, 1)
    (path / SEAL).write_text("{")
    assert not is_complete(path)


def step(callback: Checkpoints, number: int = 5) -> SimpleNamespace:
    control = SimpleNamespace(should_save=False, should_training_stop=False)
    state = SimpleNamespace(global_step=number, max_steps=10)
    callback.on_step_end(SimpleNamespace(world_size=1), state, control)
    return control


def test_a_short_job_pays_for_no_checkpoint(tmp_path: Path) -> None:
    assert not step(Checkpoints(tmp_path, 300, StopSignal())).should_save


def test_after_the_interval_a_checkpoint_is_due_but_not_at_the_end(tmp_path: Path) -> None:
    callback = Checkpoints(tmp_path, 0, StopSignal())
    assert step(callback).should_save
    assert not step(callback, 10).should_save


def test_a_stop_saves_and_ends(tmp_path: Path) -> None:
    stop = StopSignal()
    stop.received = True
    control = step(Checkpoints(tmp_path, 300, stop))
    assert control.should_save
    assert control.should_training_stop


def test_a_stop_before_training_ends_the_job_at_once() -> None:
    stop = StopSignal()
    previous = signal.getsignal(signal.SIGTERM)
    try:
        stop.listen()
        with pytest.raises(Interrupted) as raised:
            signal.raise_signal(signal.SIGTERM)
        stop.training = True
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, previous)
    assert raised.value.code == 143
