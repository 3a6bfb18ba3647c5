from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.hyperparameters import Hyperparameters
from training.fine_tuning import fingerprint as fingerprints
from training.fine_tuning.fingerprint import SAMPLE_BYTES
from training.inputs.job_inputs import JobPaths, read_spec

SETTINGS: dict[str, Any] = {"epochs": 2, "seed": 1}


def fingerprint(
    arguments: Hyperparameters, paths: JobPaths, rows_per_step: int
) -> dict[str, str]:
    return fingerprints.fingerprint(
        arguments, read_spec(paths.spec), paths, rows_per_step
    )


def job_paths(folder: Path) -> JobPaths:
    for name in ("train", "validation", "spec", "base"):
        (folder / name).mkdir()
    (folder / "train" / "rows.jsonl").write_text('{"text": "a"}\n')
    (folder / "validation" / "rows.jsonl").write_text('{"text": "b"}\n')
    (folder / "spec" / "spec.json").write_text(
        json.dumps({"task": "fill-mask", "labels": ["x"], "run": "one"})
    )
    (folder / "base" / "model.safetensors").write_bytes(bytes(3 * SAMPLE_BYTES))
    result = {name: folder / name for name in ("train", "validation", "spec", "base")}
    return JobPaths(
        folder / "model",
        folder / "output",
        folder / "checkpoints",
        folder / "failure",
        **result,
    )


def test_the_same_job_has_the_same_fingerprint_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one, other = job_paths(tmp_path / "one"), job_paths(tmp_path / "other")
    arguments = Hyperparameters.resolve(SETTINGS | {"checkpoint_seconds": 7}, {})
    assert fingerprint(Hyperparameters.resolve(SETTINGS, {}), one, 32) == fingerprint(
        arguments, other, 32
    )


def _rows(folder: Path) -> None:
    (folder / "train" / "rows.jsonl").write_text('{"text": "c"}\n')


def _validation(folder: Path) -> None:
    (folder / "validation" / "rows.jsonl").write_text('{"text": "c"}\n')


def _labels(folder: Path) -> None:
    (folder / "spec" / "spec.json").write_text(
        json.dumps({"task": "fill-mask", "labels": ["y"]})
    )


def _base(folder: Path) -> None:
    (folder / "base" / "model.safetensors").write_bytes(
        bytes(3 * SAMPLE_BYTES - 1) + b"x"
    )


@pytest.mark.parametrize(
    ("change", "named"),
    [(_rows, "data"), (_validation, "data"), (_labels, "data"), (_base, "base model")],
)
def test_what_is_read_is_in_it(
    change: Callable[[Path], None], named: str, tmp_path: Path
) -> None:
    where, arguments = job_paths(tmp_path), Hyperparameters.resolve(SETTINGS, {})
    before = fingerprint(arguments, where, 32)
    change(tmp_path)
    after = fingerprint(arguments, where, 32)
    assert [name for name in before if before[name] != after[name]] == [named]


def test_hyperparameters_and_the_rows_of_a_step_are_in_it(tmp_path: Path) -> None:
    where, arguments = job_paths(tmp_path), Hyperparameters.resolve(SETTINGS, {})
    before = fingerprint(arguments, where, 32)
    more = (
        fingerprint(Hyperparameters.resolve(SETTINGS | {"seed": 2}, {}), where, 32),
        fingerprint(
            Hyperparameters.resolve(SETTINGS | {"lr_scheduler_type": "cosine"}, {}),
            where,
            32,
        ),
        fingerprint(arguments, where, 64),
    )
    for after in more:
        assert [name for name in before if before[name] != after[name]] == [
            "hyperparameters"
        ]
