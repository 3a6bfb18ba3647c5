from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.fine_tuning.manifest import (
    MANIFEST,
    Checkpoint,
    CheckpointManifest,
    damage,
    keep_only,
    last_usable,
    newest_first,
    remove_incomplete,
    write_manifest,
)

MARKS = {"hyperparameters": "a", "data": "b", "base model": "c"}


def checkpoint(folder: Path, step: int, *, complete: bool = True, best: int | None = None) -> Path:
    path = folder / f"checkpoint-{step}"
    path.mkdir()
    (path / "model.safetensors").write_bytes(b"weights")
    if complete:
        write_manifest(path, fingerprint=MARKS, best=best)
    return path


def name_of(result: Checkpoint | None) -> str:
    return result.path.name if result else "none"


def test_the_newest_complete_checkpoint_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint(tmp_path, 9)
    checkpoint(tmp_path, 100)
    checkpoint(tmp_path, 101, complete=False)
    assert name_of(last_usable(tmp_path, MARKS)) == "checkpoint-100"
    assert capsys.readouterr().out.endswith(
        "s] Not going on from checkpoint-101: it was not finished\n"
    )


def test_there_may_be_none(tmp_path: Path) -> None:
    assert last_usable(tmp_path / "absent", MARKS) is None


@pytest.mark.parametrize("result", [b"weig", b"weighed", b""])
def test_a_damaged_file_leads_to_the_checkpoint_before(
    result: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint(tmp_path, 1)
    (checkpoint(tmp_path, 2) / "model.safetensors").write_bytes(result)
    assert name_of(last_usable(tmp_path, MARKS)) == "checkpoint-1"
    expected = "Not going on from checkpoint-2: its model.safetensors is damaged or missing\n"
    assert capsys.readouterr().out.endswith(expected)


def test_a_missing_file_is_damage(tmp_path: Path) -> None:
    path = checkpoint(tmp_path, 1)
    (path / "model.safetensors").unlink()
    assert damage(path) == "its model.safetensors is damaged or missing"


@pytest.mark.parametrize(
    "content", ["{", "", "[]", "{}", "null", '{"model.safetensors": 7}', '{"files": 1}']
)
def test_a_broken_manifest_counts_as_none(content: str, tmp_path: Path) -> None:
    path = checkpoint(tmp_path, 1)
    (path / MANIFEST).write_text(content)
    assert damage(path) == "it was not finished"


@pytest.mark.parametrize("mark", MARKS)
def test_a_checkpoint_of_another_training_is_not_gone_on_from(
    mark: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint(tmp_path, 1)
    assert last_usable(tmp_path, MARKS | {mark: "other"}) is None
    assert capsys.readouterr().out.endswith(
        f"Not going on from checkpoint-1: it was made with other {mark}\n"
    )


def test_without_the_best_so_far_a_checkpoint_is_worth_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint(tmp_path, 1, best=1)
    checkpoint(tmp_path, 2, complete=False)
    checkpoint(tmp_path, 3, best=2)
    result = last_usable(tmp_path, MARKS)
    assert result
    assert (result.path.name, result.best.name) == ("checkpoint-1", "checkpoint-1")
    assert (
        "Not going on from checkpoint-3: checkpoint-2, the best so far, it was not finished\n"
        in (capsys.readouterr().out)
    )


def test_marks_that_an_upload_leaves_beside_the_files_do_no_harm(tmp_path: Path) -> None:
    path = checkpoint(tmp_path, 1, complete=False)
    passing = path / "model.safetensors.sagemaker-uploading"
    passing.touch()
    write_manifest(path)
    passing.unlink()
    assert damage(path) is None
    (path / "model.safetensors.sagemaker-uploaded").touch()
    assert damage(path) is None


def test_a_manifest_appears_in_one_step(tmp_path: Path) -> None:
    path = checkpoint(tmp_path, 1)
    assert list(CheckpointManifest.read(path).files) == ["model.safetensors"]
    assert [item.name for item in tmp_path.iterdir()] == ["checkpoint-1"]
    assert set(json.loads((path / MANIFEST).read_text())) == {
        "files",
        "fingerprint",
        "best",
        "ended",
        "seconds",
    }


def test_what_is_not_kept_is_removed_and_only_checkpoints_are(tmp_path: Path) -> None:
    kept, _ = checkpoint(tmp_path, 1), checkpoint(tmp_path, 2)
    (tmp_path / "checkpoint-notes").mkdir()
    (tmp_path / "other").mkdir()
    keep_only(tmp_path, [kept])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "checkpoint-1",
        "checkpoint-notes",
        "other",
    ]


def test_what_a_failed_save_left_is_removed(tmp_path: Path) -> None:
    checkpoint(tmp_path, 1)
    checkpoint(tmp_path, 2, complete=False)
    remove_incomplete(tmp_path)
    assert [path.name for path in newest_first(tmp_path)] == ["checkpoint-1"]
