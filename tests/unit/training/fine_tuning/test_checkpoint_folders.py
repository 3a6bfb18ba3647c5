from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from training.fine_tuning.checkpoint_folders import FOLDER_NAMES, CheckpointFolders
from training.fine_tuning.manifest import complete_newest_first, write_manifest

ARGUMENTS: Any = SimpleNamespace(world_size=1, process_index=0)


@pytest.fixture
def folders(tmp_path: Path) -> CheckpointFolders:
    (tmp_path / "links").mkdir()
    return CheckpointFolders(tmp_path / "checkpoints", tmp_path / "links")


def save(folders: CheckpointFolders, step: int, best: int | None = None) -> str:
    """The name of the folder."""
    folders.open(step, ARGUMENTS)
    path = folders.at_step(step)
    (path / "weights").write_text(str(step))
    write_manifest(path, step, best=best)
    return path.name


def steps(folders: CheckpointFolders) -> list[int]:
    complete = complete_newest_first(folders.directory)
    return [checkpoint.manifest.step for checkpoint in complete]


def test_without_a_best_two_folders_take_turns(folders: CheckpointFolders) -> None:
    names = [save(folders, step) for step in range(1, 6)]
    assert names == ["checkpoint-a", "checkpoint-b"] * 2 + ["checkpoint-a"]
    assert steps(folders) == [5, 4]


def test_the_newest_and_its_best_are_never_written_over(
    folders: CheckpointFolders,
) -> None:
    for step, best in ((1, 1), (2, 1), (3, 1), (4, 4), (5, 4), (6, 4), (7, 7)):
        kept = complete_newest_first(folders.directory)[:1]
        folders.open(step, ARGUMENTS)
        for newest in kept:
            assert newest.path.is_dir()
            assert newest.best is not None
            assert newest.best.is_dir()
        save(folders, step, best)
    assert {path.name for path in folders.directory.iterdir()} == set(FOLDER_NAMES)


def test_a_folder_is_emptied_before_it_is_used_again(
    folders: CheckpointFolders,
) -> None:
    for step in (1, 2):
        save(folders, step)
    folders.open(3, ARGUMENTS)
    assert not list(folders.at_step(3).iterdir())
    assert steps(folders) == [2]


def test_trainer_finds_a_folder_by_its_step_only_as_long_as_it_is_of_that_step(
    folders: CheckpointFolders, tmp_path: Path
) -> None:
    for step in (1, 2, 3):
        save(folders, step)
    links = {link.name: link.resolve().name for link in (tmp_path / "links").iterdir()}
    assert links == {"checkpoint-2": "checkpoint-b", "checkpoint-3": "checkpoint-a"}


def test_folders_of_steps_that_lie_there_are_not_used(
    folders: CheckpointFolders,
) -> None:
    old = folders.directory / "checkpoint-100"
    old.mkdir(parents=True)
    write_manifest(old, 100)
    assert [save(folders, step) for step in (101, 102)] == [
        "checkpoint-a",
        "checkpoint-b",
    ]
