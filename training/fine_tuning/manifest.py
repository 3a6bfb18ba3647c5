"""Which checkpoints can be resumed: those whose manifest, written last, fits their files and the training."""

from __future__ import annotations

import contextlib
import json
import shutil
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

from training.common.log import say

MANIFEST = "complete.json"
"""Lists every file with size and checksum: a checkpoint that was killed, uploaded in part or damaged does not fit."""
UPLOAD_TEMP_PREFIX = ".sagemaker-"
"""In the names of marks that SageMaker's uploads leave beside files for a while."""
CHECKPOINT_PREFIX = "checkpoint-"
CHUNK_BYTES = 1 << 22
UNREADABLE = (OSError, ValueError, TypeError, LookupError, AttributeError)
"""What reading a manifest raises that is absent or damaged."""


class FileSummary(NamedTuple):
    size: int
    """In bytes."""
    checksum: int
    """CRC-32: it guards against accidents, and at 1.6 GB/s costs a tenth of what writing does."""


@dataclass(frozen=True)
class CheckpointManifest:
    """What a checkpoint says of itself."""

    files: Mapping[str, FileSummary]
    step: int
    """Of the training; folders do not say it."""
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    best: int | None = None
    """Step of the checkpoint that is packed if no better one follows."""
    ended: bool = False
    """Whether nothing is left to train."""
    seconds: float = 0.0
    """Of training up to here, in all processes that worked on it one after another."""

    @classmethod
    def read(cls, checkpoint: Path) -> CheckpointManifest:
        """Raises one of `UNREADABLE`."""
        content = json.loads((checkpoint / MANIFEST).read_text("utf-8"))
        files = {
            name: FileSummary(*summary) for name, summary in content["files"].items()
        }
        return cls(**content | {"files": files})


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that has a manifest."""

    path: Path
    manifest: CheckpointManifest

    @property
    def best(self) -> Path | None:
        """The best checkpoint of this training so far; this one itself where nothing was validated."""
        if self.manifest.best is None:
            return self.path
        for other in complete_newest_first(self.path.parent):
            if other.manifest.step == self.manifest.best and self._same_training(other):
                return other.path
        return None

    def _same_training(self, other: Checkpoint) -> bool:
        return self.manifest.fingerprint == other.manifest.fingerprint


def folders(directory: Path) -> list[Path]:
    """The folders of checkpoints in a directory, complete or not."""
    return sorted(
        path for path in directory.glob(f"{CHECKPOINT_PREFIX}*") if path.is_dir()
    )


def complete_newest_first(directory: Path) -> list[Checkpoint]:
    """The checkpoints that have a manifest, by their steps; their files may be damaged."""
    checkpoints = []
    for path in folders(directory):
        with contextlib.suppress(*UNREADABLE):
            checkpoints.append(Checkpoint(path, CheckpointManifest.read(path)))
    return sorted(checkpoints, key=lambda checkpoint: -checkpoint.manifest.step)


def last_usable(directory: Path, fingerprint: Mapping[str, str]) -> Checkpoint | None:
    """The newest checkpoint that is complete and belongs to this training; the log says why others are not used."""
    complete = complete_newest_first(directory)
    for path in set(folders(directory)) - {checkpoint.path for checkpoint in complete}:
        say(f"Not going on from {path.name}: it was not finished")
    for checkpoint in complete:
        reason = _unusable(checkpoint, fingerprint)
        if reason is None:
            return checkpoint
        say(
            f"Not going on from the checkpoint at step {checkpoint.manifest.step:,}: {reason}"
        )
    return None


def _unusable(checkpoint: Checkpoint, fingerprint: Mapping[str, str]) -> str | None:
    """Why a checkpoint cannot be resumed, as a clause."""
    reason = damage(checkpoint.path)
    if reason:
        return reason
    earlier = checkpoint.manifest.fingerprint
    different = [
        name for name, digest in fingerprint.items() if earlier.get(name) != digest
    ]
    if different:
        return f"it was made with other {', '.join(different)}"
    return _damage_of_best(checkpoint)


def _damage_of_best(checkpoint: Checkpoint) -> str | None:
    best = checkpoint.best
    if best is None:
        return f"the best so far, at step {checkpoint.manifest.best:,}, is missing"
    reason = damage(best) if best != checkpoint.path else None
    return (
        f"of the best so far, at step {checkpoint.manifest.best:,}, {reason}"
        if reason
        else None
    )


def damage(checkpoint: Path) -> str | None:
    """What is wrong with the files of a checkpoint, as a clause."""
    try:
        manifest = CheckpointManifest.read(checkpoint)
    except UNREADABLE:
        return "it was not finished"
    for name, expected in manifest.files.items():
        if not _fits(checkpoint / name, expected):
            return f"its {name} is damaged or missing"
    return None


def _fits(path: Path, expected: FileSummary) -> bool:
    """Compares the size first, because a checksum reads the whole file."""
    try:
        return (
            path.stat().st_size == expected.size and checksum(path) == expected.checksum
        )
    except OSError:
        return False


def write_manifest(checkpoint: Path, step: int, **facts: object) -> None:
    """Marks the checkpoint as complete, in one step; `facts` are more fields of `CheckpointManifest`."""
    manifest = asdict(CheckpointManifest(_summaries(checkpoint), step)) | facts
    draft = checkpoint.parent / f".{checkpoint.name}.{MANIFEST}"
    draft.write_text(json.dumps(manifest), "utf-8")
    draft.replace(checkpoint / MANIFEST)


def _summaries(checkpoint: Path) -> dict[str, FileSummary]:
    summaries = {}
    for path in sorted(checkpoint.rglob("*")):
        if (
            path.is_file()
            and path.name != MANIFEST
            and UPLOAD_TEMP_PREFIX not in path.name
        ):
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


def keep_only(directory: Path, kept: Iterable[Path | None]) -> None:
    """Removes all other checkpoints."""
    kept = set(kept)
    for path in folders(directory):
        if path not in kept:
            clear(path)


def clear(checkpoint: Path) -> None:
    """Removes a checkpoint, its manifest first, so that what a kill leaves of it is never resumed."""
    (checkpoint / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(checkpoint, ignore_errors=True)


def remove_unlisted(checkpoint: Checkpoint) -> None:
    """Removes files of an earlier checkpoint in the same folder, which S3 kept."""
    listed = {checkpoint.path / name for name in checkpoint.manifest.files}
    listed.add(checkpoint.path / MANIFEST)
    for path in checkpoint.path.rglob("*"):
        if path.is_file() and path not in listed:
            path.unlink()


def remove_incomplete(directory: Path) -> None:
    """Removes what a save that failed left: on a full disk it is in the way."""
    keep_only(
        directory, [path for path in folders(directory) if (path / MANIFEST).is_file()]
    )
