"""Which checkpoints can be resumed: those whose manifest, written last, fits their files and the training."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

from training.log import say

MANIFEST = "complete.json"
"""Lists every file with size and checksum: a checkpoint that was killed, uploaded in part or damaged does not fit."""
UPLOAD_TEMP_PREFIX = ".sagemaker-"
"""In the names of marks that SageMaker's uploads leave beside files for a while."""
CHECKPOINT_PREFIX = "checkpoint-"
CHUNK_BYTES = 1 << 22


class FileSummary(NamedTuple):
    size: int
    """In bytes."""
    checksum: int
    """CRC-32: it guards against accidents, and at 1.6 GB/s costs a tenth of what writing does."""


@dataclass(frozen=True)
class CheckpointManifest:
    """What a checkpoint says of itself."""

    files: Mapping[str, FileSummary]
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    best: int | None = None
    """Step of the checkpoint that is packed if no better one follows."""
    ended: bool = False
    """Whether nothing is left to train."""
    seconds: float = 0.0
    """Of training up to here, in all processes that worked on it one after another."""

    @classmethod
    def read(cls, checkpoint: Path) -> CheckpointManifest:
        """Raises `OSError`, `ValueError`, `TypeError`, `LookupError` or `AttributeError` for one that is damaged."""
        content = json.loads((checkpoint / MANIFEST).read_text("utf-8"))
        files = {name: FileSummary(*summary) for name, summary in content["files"].items()}
        return cls(**content | {"files": files})


@dataclass(frozen=True)
class Checkpoint:
    """A complete checkpoint."""

    path: Path
    manifest: CheckpointManifest

    @property
    def best(self) -> Path:
        """The best checkpoint so far; this one itself where nothing was validated."""
        return (
            self.path
            if self.manifest.best is None
            else at_step(self.path.parent, self.manifest.best)
        )


def at_step(directory: Path, step: int) -> Path:
    """Where `Trainer` saves the checkpoint of a step."""
    return directory / f"{CHECKPOINT_PREFIX}{step}"


def newest_first(directory: Path) -> list[Path]:
    """The checkpoints in a directory, by their steps."""
    checkpoints = [
        path for path in directory.glob(f"{CHECKPOINT_PREFIX}*") if _step_of(path).isdigit()
    ]
    return sorted(checkpoints, key=lambda path: -int(_step_of(path)))


def _step_of(path: Path) -> str:
    return path.name.removeprefix(CHECKPOINT_PREFIX)


def last_usable(directory: Path, fingerprint: Mapping[str, str]) -> Checkpoint | None:
    """The newest checkpoint that is complete and belongs to this training; the log says why others are not used."""
    for path in newest_first(directory):
        reason = _unusable(path, fingerprint)
        if reason is None:
            return Checkpoint(path, CheckpointManifest.read(path))
        say(f"Not going on from {path.name}: {reason}")
    return None


def _unusable(path: Path, fingerprint: Mapping[str, str]) -> str | None:
    """Why a checkpoint cannot be resumed, as a clause."""
    reason = damage(path)
    if reason:
        return reason
    checkpoint = Checkpoint(path, CheckpointManifest.read(path))
    earlier = checkpoint.manifest.fingerprint
    different = [name for name, digest in fingerprint.items() if earlier.get(name) != digest]
    if different:
        return f"it was made with other {', '.join(different)}"
    if checkpoint.best != path:
        reason = damage(checkpoint.best)
        if reason:
            return f"{checkpoint.best.name}, the best so far, {reason}"
    return None


def damage(checkpoint: Path) -> str | None:
    """What is wrong with the files of a checkpoint, as a clause."""
    try:
        manifest = CheckpointManifest.read(checkpoint)
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return "it was not finished"
    for name, expected in manifest.files.items():
        if not _fits(checkpoint / name, expected):
            return f"its {name} is damaged or missing"
    return None


def _fits(path: Path, expected: FileSummary) -> bool:
    """Compares the size first, because a checksum reads the whole file."""
    try:
        return path.stat().st_size == expected.size and checksum(path) == expected.checksum
    except OSError:
        return False


def write_manifest(checkpoint: Path, **facts: object) -> None:
    """Marks the checkpoint as complete, in one step; `facts` are fields of `CheckpointManifest`."""
    manifest = asdict(CheckpointManifest(_summaries(checkpoint))) | facts
    draft = checkpoint.parent / f".{checkpoint.name}.{MANIFEST}"
    draft.write_text(json.dumps(manifest), "utf-8")
    draft.replace(checkpoint / MANIFEST)


def _summaries(checkpoint: Path) -> dict[str, FileSummary]:
    summaries = {}
    for path in sorted(checkpoint.rglob("*")):
        if path.is_file() and path.name != MANIFEST and UPLOAD_TEMP_PREFIX not in path.name:
            name = path.relative_to(checkpoint).as_posix()
            summaries[name] = FileSummary(path.stat().st_size, checksum(path))
    return summaries


def checksum(path: Path) -> int:
    """CRC-32."""
    total = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            total = zlib.crc32(chunk, total)
    return total


def keep_only(directory: Path, kept: Iterable[Path]) -> None:
    """Removes all other checkpoints, manifests first, so that what a kill leaves of one is never resumed."""
    kept = set(kept)
    for path in newest_first(directory):
        if path not in kept:
            (path / MANIFEST).unlink(missing_ok=True)
            shutil.rmtree(path, ignore_errors=True)


def remove_incomplete(directory: Path) -> None:
    """Removes what a save that failed left: on a full disk it is in the way."""
    keep_only(directory, [path for path in newest_first(directory) if (path / MANIFEST).is_file()])
