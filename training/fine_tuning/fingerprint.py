"""What a checkpoint must agree in with the job that goes on from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from training.arguments import Arguments
from training.inputs import Places
from training.spec import Spec

WITHOUT_EFFECT = ("checkpoint_seconds", "eval_batch_size", "train_batch_size", "gradient_accumulation_steps")
"""Arguments that may change from one process to the next; how many rows make a step may not, whatever the batch."""

SAMPLES, SAMPLE = 64, 1 << 16
"""Of a large file so many pieces of so many bytes are read: two trained models differ all over."""


def fingerprint(arguments: Arguments, places: Places, rows_a_step: int) -> dict[str, str]:
    """A short digest of each thing that decides what is learnt, by the name that the log calls it."""
    spec = Spec.read(places.spec)
    hyperparameters = {name: value for name, value in asdict(arguments).items() if name not in WITHOUT_EFFECT}
    channels = [channel for channel in (places.train, places.validation) if channel]
    data = [spec.task, spec.variant, *spec.labels, *(part for channel in channels for part in _whole(channel))]
    base = list(_sampled(places.base)) if places.base else [arguments.base_model or spec.base_model]
    return {
        "hyperparameters": _digest([hyperparameters, rows_a_step]),
        "data": _digest(data),
        "base model": _digest(base),
    }


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def _whole(folder: Path) -> Iterator[str]:
    for name, path in _files(folder):
        with path.open("rb") as file:
            yield f"{folder.name}/{name} {hashlib.file_digest(file, 'sha256').hexdigest()}"


def _sampled(folder: Path) -> Iterator[str]:
    for name, path in _files(folder):
        size, found = path.stat().st_size, hashlib.sha256()
        with path.open("rb") as file:
            for start in range(0, size, max(SAMPLE, size // SAMPLES)):
                file.seek(start)
                found.update(file.read(SAMPLE))
        yield f"{name} {size} {found.hexdigest()}"
