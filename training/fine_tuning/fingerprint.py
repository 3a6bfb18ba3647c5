"""What a checkpoint and the job that resumes it must have in common."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.spec import Spec
from tasks.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    from training.inputs.job_inputs import JobPaths

WITHOUT_EFFECT = (
    "checkpoint_seconds",
    "eval_batch_size",
    "train_batch_size",
    "gradient_accumulation_steps",
)
"""Hyperparameters that may differ; how many rows make a step may not, in whatever batches."""
SAMPLES, SAMPLE_BYTES = 64, 1 << 16
"""Of a base model's file, so many pieces of so many bytes are read: two trained models differ everywhere."""
DIGEST_CHARACTERS = 16


def fingerprint(
    arguments: Hyperparameters, spec: Spec, paths: JobPaths, rows_per_step: int
) -> dict[str, str]:
    """A short digest of each thing that decides what is trained, by the name that the log uses for it."""
    hyperparameters = asdict(arguments)
    for name in WITHOUT_EFFECT:
        del hyperparameters[name]
    data = [spec.task, spec.variant, *spec.labels]
    for channel in (paths.train, paths.validation):
        if channel:
            data += _file_digests(channel)
    base_model = (
        list(_sample_digests(paths.base))
        if paths.base
        else [arguments.base_model or spec.base_model]
    )
    return {
        "hyperparameters": _digest([hyperparameters, rows_per_step]),
        "data": _digest(data),
        "base model": _digest(base_model),
    }


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARACTERS]


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def _file_digests(folder: Path) -> Iterator[str]:
    """Of whole files."""
    for name, path in _files(folder):
        with path.open("rb") as file:
            yield f"{folder.name}/{name} {hashlib.file_digest(file, 'sha256').hexdigest()}"


def _sample_digests(folder: Path) -> Iterator[str]:
    """Of evenly spread pieces of each file."""
    for name, path in _files(folder):
        size, digest = path.stat().st_size, hashlib.sha256()
        with path.open("rb") as file:
            for start in range(0, size, max(SAMPLE_BYTES, size // SAMPLES)):
                file.seek(start)
                digest.update(file.read(SAMPLE_BYTES))
        yield f"{name} {size} {digest.hexdigest()}"
