from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.fine_tuning.manifest import (
    MANIFEST,
    Checkpoint,
    CheckpointManifest,
    complete_newest_first,
    damage,
    keep_only,
    last_usable,
    remove_incomplete,
    remove_unlisted,
    write_manifest,
)

MARKS = {"hyperparameters": "a", "data": "b", "base model": "c"}


def checkpoint(
    folder: Path, step: int, *, complete: bool = True, best: int | None = None
) -> Path:
    path = folder / f"checkpoint-{step}"
    path.mkdir()
    (path / "model.safetensors").write_bytes(b"weights")
    if complete:
        write_manifest(path, step, fingerprint=MARKS, best=best)
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
    expected = "Not going on from the checkpoint at step 2: its model.safetensors is damaged or missing\n"
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
        f"Not going on from the checkpoint at step 1: it was made with other {mark}\n"
    )


def test_without_the_best_so_far_a_checkpoint_is_worth_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint(tmp_path, 1, best=1)
    damaged = checkpoint(tmp_path, 2)
    checkpoint(tmp_path, 3, best=2)
    checkpoint(tmp_path, 5, best=4)
    (damaged / "model.safetensors").unlink()
    result = last_usable(tmp_path, MARKS)
    assert result
    assert (result.path.name, result.best) == ("checkpoint-1", result.path)
    printed = capsys.readouterr().out
    assert "at step 5: the best so far, at step 4, is missing\n" in printed
    of_best = (
        "of the best so far, at step 2, its model.safetensors is damaged or missing"
    )
    assert f"at step 3: {of_best}\n" in printed


def test_a_folder_says_nothing_of_the_step(tmp_path: Path) -> None:
    first, second = checkpoint(tmp_path, 1), checkpoint(tmp_path, 2, best=1)
    first.rename(tmp_path / "checkpoint-b")
    second.rename(tmp_path / "checkpoint-a")
    result = last_usable(tmp_path, MARKS)
    assert result
    assert (result.path.name, result.best) == (
        "checkpoint-a",
        tmp_path / "checkpoint-b",
    )


def test_the_best_is_one_of_the_same_training(tmp_path: Path) -> None:
    write_manifest(
        checkpoint(tmp_path, 1, complete=False), 1, fingerprint=MARKS | {"data": "x"}
    )
    checkpoint(tmp_path, 2, best=1)
    assert last_usable(tmp_path, MARKS) is None


@pytest.mark.parametrize("manifest_first", [False, True])
def test_a_folder_that_was_overwritten_in_part_is_not_gone_on_from(
    tmp_path: Path, manifest_first: bool
) -> None:
    """As S3 has it when the machine goes: some files of the new checkpoint, the rest of the old one."""
    old, new = checkpoint(tmp_path, 1), tmp_path / "new" / "checkpoint-3"
    checkpoint(tmp_path, 2)
    (old / "optimizer.pt").write_bytes(b"moments")
    write_manifest(old, 1, fingerprint=MARKS)
    new.mkdir(parents=True)
    (new / "model.safetensors").write_bytes(b"WEIGHTS")
    (new / "optimizer.pt").write_bytes(b"MOMENTS")
    write_manifest(new, 3, fingerprint=MARKS)
    name = MANIFEST if manifest_first else "model.safetensors"
    (new / name).replace(old / name)
    assert name_of(last_usable(tmp_path, MARKS)) == "checkpoint-2"


def test_what_s3_kept_of_an_earlier_checkpoint_in_the_same_folder_is_removed(
    tmp_path: Path,
) -> None:
    path = checkpoint(tmp_path, 1)
    (path / "scaler.pt").write_bytes(b"of an earlier one")
    result = last_usable(tmp_path, MARKS)
    assert result
    remove_unlisted(result)
    assert {item.name for item in path.iterdir()} == {MANIFEST, "model.safetensors"}


def test_marks_that_an_upload_leaves_beside_the_files_do_no_harm(
    tmp_path: Path,
) -> None:
    path = checkpoint(tmp_path, 1, complete=False)
    passing = path / "model.safetensors.sagemaker-uploading"
    passing.touch()
    write_manifest(path, 1)
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
        "step",
        "fingerprint",
        "best",
        "ended",
        "seconds",
    }


def test_what_is_not_kept_is_removed_and_only_checkpoints_are(tmp_path: Path) -> None:
    kept, _ = checkpoint(tmp_path, 1), checkpoint(tmp_path, 2)
    (tmp_path / "checkpoint-notes.txt").touch()
    (tmp_path / "other").mkdir()
    keep_only(tmp_path, [kept])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "checkpoint-1",
        "checkpoint-notes.txt",
        "other",
    ]


def test_what_a_failed_save_left_is_removed(tmp_path: Path) -> None:
    checkpoint(tmp_path, 1)
    checkpoint(tmp_path, 2, complete=False)
    remove_incomplete(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-1"]
    assert [
        checkpoint.manifest.step for checkpoint in complete_newest_first(tmp_path)
    ] == [1]
