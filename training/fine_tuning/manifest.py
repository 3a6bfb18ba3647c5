"""Which checkpoints can be gone on from: those whose seal, written last, fits what lies there and what is trained."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from training.log import say

SEAL = "complete.json"
"""Names every file with its size and checksum: what was killed half-way, uploaded in part or damaged does not fit."""

PASSING = ".sagemaker-"
"""In the names of marks that SageMaker's uploads leave beside files for a while."""

_CHUNK = 1 << 22


@dataclass(frozen=True)
class Seal:
    """What a checkpoint says of itself."""

    files: Mapping[str, list[int]]
    """Size and CRC-32: it guards against accidents, and at 1.6 GB/s costs a tenth of what writing does."""
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    best: int | None = None
    """Step of the checkpoint that is taken if none better comes."""
    ended: bool = False
    """Whether nothing is left to train."""
    seconds: float = 0.0
    """Of training up to here, in all processes that worked on it one after another."""


@dataclass(frozen=True)
class Found:
    """A checkpoint to go on from."""

    path: Path
    seal: Seal

    @property
    def best(self) -> Path:
        return self.path if self.seal.best is None else at_step(self.path.parent, self.seal.best)


def at_step(directory: Path, step: int) -> Path:
    return directory / f"checkpoint-{step}"


def newest_first(directory: Path) -> list[Path]:
    found = [path for path in directory.glob("checkpoint-*") if path.name.rpartition("-")[2].isdigit()]
    return sorted(found, key=lambda path: -int(path.name.rpartition("-")[2]))


def last_usable(directory: Path, fingerprint: Mapping[str, str]) -> Found | None:
    """The newest checkpoint that is whole and belongs to this training; the log says why others are not taken."""
    for path in newest_first(directory):
        reason = _flaw(path, fingerprint)
        if reason is None:
            return Found(path, read(path))
        say(f"Not going on from {path.name}: {reason}")
    return None


def _flaw(checkpoint: Path, fingerprint: Mapping[str, str]) -> str | None:
    reason = damage(checkpoint)
    if reason:
        return reason
    seal = read(checkpoint)
    if others := [name for name in fingerprint if seal.fingerprint.get(name) != fingerprint[name]]:
        return f"it was made with other {', '.join(others)}"
    best = Found(checkpoint, seal).best
    if best != checkpoint and damage(best):
        return f"{best.name}, the best so far, {damage(best)}"
    return None


def damage(checkpoint: Path) -> str | None:
    """What is wrong with the files of a checkpoint."""
    try:
        seal = read(checkpoint)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return "it was not finished"
    wrong = (name for name, expected in seal.files.items() if not _fits(checkpoint / name, expected))
    return next((f"its {name} is damaged or missing" for name in wrong), None)


def _fits(path: Path, expected: list[int]) -> bool:
    """Sizes first: a checksum reads the whole file."""
    try:
        return path.stat().st_size == expected[0] and checksum(path) == expected[1]
    except OSError:
        return False


def read(checkpoint: Path) -> Seal:
    """Raises whatever a seal raises that is absent, cut short or of another kind."""
    content = json.loads((checkpoint / SEAL).read_text("utf-8"))
    return Seal(**content | {"files": dict(content["files"].items())})


def seal(checkpoint: Path, **facts: object) -> None:
    """Marks the checkpoint as complete, in one step; `facts` are fields of `Seal`."""
    draft = checkpoint.parent / f".{checkpoint.name}.{SEAL}"
    draft.write_text(json.dumps(asdict(Seal(_listed(checkpoint))) | facts), "utf-8")
    draft.replace(checkpoint / SEAL)


def _listed(checkpoint: Path) -> dict[str, list[int]]:
    files = (path for path in sorted(checkpoint.rglob("*")) if path.is_file())
    return {
        path.relative_to(checkpoint).as_posix(): [path.stat().st_size, checksum(path)]
        for path in files
        if path.name != SEAL and PASSING not in path.name
    }


def checksum(path: Path) -> int:
    total = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            total = zlib.crc32(chunk, total)
    return total


def keep_only(directory: Path, kept: Iterable[Path]) -> None:
    """Removes all other checkpoints, seals first, so that what a kill leaves of one is never taken."""
    kept = set(kept)
    for path in newest_first(directory):
        if path not in kept:
            (path / SEAL).unlink(missing_ok=True)
            shutil.rmtree(path, ignore_errors=True)


def remove_unsealed(directory: Path) -> None:
    """What a save that failed left: on a full disk it is in the way."""
    keep_only(directory, (path for path in newest_first(directory) if (path / SEAL).is_file()))
