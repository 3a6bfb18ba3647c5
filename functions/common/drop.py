"""What lies under `datasets/<model>/`: whose drop a key belongs to, when it is quiet, and its fingerprint."""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from contracts import locations
from contracts.model_record import Drop
from contracts.problems import Problem

PREFIX = locations.DATASETS
MODEL_LIMIT = 128
RECORDED_FILES = 20
PACKED_ENDINGS = (".gz", ".bz2", ".xz", ".zst")
"""Endings of compressed files, behind the ending of the format."""
_JUNK = frozenset({"_success", "thumbs.db", "desktop.ini", "__macosx"})
_COMPANIONS = frozenset(
    {
        "readme",
        "readme.md",
        "readme.txt",
        "license",
        "license.md",
        "license.txt",
        "dataset_infos.json",
    }
)


@dataclass(frozen=True)
class StoredObject:
    """The current version of one object in the data bucket."""

    key: str
    size: int
    etag: str
    version_id: str
    last_modified: datetime


@dataclass(frozen=True)
class DropLocation:
    """The drop that a key belongs to; `problem` says why it can never become a model."""

    model: str
    prefix: str
    problem: Problem | None = None


def locate(key: str) -> DropLocation | None:
    """The drop an uploaded key belongs to, or None for what no drop is made of (markers, hidden files, read-mes)."""
    path = key.removeprefix(PREFIX)
    if path == key or not path or is_junk(path):
        return None
    model, slash, _ = path.partition("/")
    if not slash:
        stem = path.split(".", 1)[0]
        return DropLocation(_speakable(stem), key, _no_folder(path, stem))
    return DropLocation(_speakable(model), f"{PREFIX}{model}/", _bad_name(model))


def is_junk(path: str) -> bool:
    """Whether a path below `datasets/` is a folder marker, a hidden or system file, or a read-me."""
    parts = path.split("/")
    hidden = any(name.startswith(".") and name not in {".", ".."} for name in parts)
    system = any(name.lower() in _JUNK or name.startswith("~$") for name in parts)
    return path.endswith("/") or hidden or system or parts[-1].lower() in _COMPANIONS


def _speakable(model: str) -> str:
    """The name a refused drop is recorded under: what was given, cut and made printable."""
    return "".join(c if c.isprintable() else "?" for c in model)[:MODEL_LIMIT] or "?"


def _no_folder(name: str, stem: str) -> Problem:
    return Problem(
        "a folder per model, as in datasets/<model>/<file>",
        "a file directly in datasets/",
        f"Upload it to datasets/{stem}/{name}: the folder's name becomes the model's name.",
        file=name,
    )


def bad_path(name: str) -> Problem | None:
    """Why a file of a drop cannot be laid into a folder; `name` is its path below the drop's folder."""
    expected, remedy = "files whose names can lie in a folder", "Rename the file."
    if control := next((c for c in name if unicodedata.category(c) == "Cc"), None):
        actual = f"the character U+{ord(control):04X} in {name[:80]!r}"
        return Problem(expected, actual, remedy)
    if {"", ".", ".."} & set(name.split("/")):
        return Problem(expected, repr(name[:80]), remedy)
    return None


def _bad_name(model: str) -> Problem | None:
    expected = f"a model name of 1 to {MODEL_LIMIT} printable characters"
    remedy = "Rename the folder below datasets/."
    if not model:
        return Problem(expected, "an empty folder name", remedy)
    if len(model) > MODEL_LIMIT:
        return Problem(expected, f"{len(model)} characters", remedy)
    if model in {".", ".."}:
        return Problem(
            "a model name that can stand in a web address", repr(model), remedy
        )
    unprintable = next((c for c in model if not c.isprintable()), None)
    return (
        Problem(expected, f"the character U+{ord(unprintable):04X}", remedy)
        if unprintable
        else None
    )


@dataclass(frozen=True)
class DropFile:
    """One data file of a drop; `name` is its key below the drop's folder."""

    name: str
    stored: StoredObject

    @property
    def extension(self) -> str:
        """Everything after the first dot that belongs to the format, lower-case: `csv`, `csv.gz`."""
        suffixes = [suffix.lower() for suffix in PurePosixPath(self.name).suffixes]
        packed = suffixes[-1:] and suffixes[-1] in PACKED_ENDINGS
        return "".join(suffixes[-2:] if packed else suffixes[-1:]).removeprefix(".")

    @property
    def stem(self) -> str:
        return (
            self.name.removesuffix(self.name[-len(self.extension) - 1 :])
            if self.extension
            else self.name
        )


def files_of(place: DropLocation, objects: Iterable[StoredObject]) -> list[DropFile]:
    """The data files among a listing of the drop's prefix, by name; no junk."""
    cut = len(place.prefix) if place.prefix.endswith("/") else len(PREFIX)
    relevant = (o for o in objects if not is_junk(o.key.removeprefix(PREFIX)))
    return sorted(
        (DropFile(o.key[cut:], o) for o in relevant), key=lambda file: file.name
    )


def seconds_until_quiet(
    files: Sequence[DropFile], now: datetime, settle_seconds: int
) -> int:
    """0 where the newest file is old enough, otherwise whole seconds to wait, from 1 to `settle_seconds` + 1."""
    newest = max(file.stored.last_modified for file in files)
    resolution = (
        1 if settle_seconds and not newest.microsecond else 0
    )  # S3 tells whole seconds, rounded down
    target = settle_seconds + resolution
    rest = target - (now - newest).total_seconds()
    return min(max(1, math.ceil(rest)), target) if rest > 0 else 0


def fingerprint_of(model: str, files: Iterable[DropFile]) -> Drop:
    """The identity of a drop: content decides the fingerprint, uploads decide the versions; order does not matter."""
    ordered = sorted(files, key=lambda file: file.name)
    content = (
        field
        for file in ordered
        for field in (file.name, str(file.stored.size), file.stored.etag)
    )
    versions = (
        field for file in ordered for field in (file.name, file.stored.version_id)
    )
    return Drop(model, _digest([model, *content]), _digest(versions))


def _digest(fields: Iterable[str]) -> str:
    """SHA-256 over the parts, each preceded by its length so that no two lists run together."""
    digest = hashlib.sha256()
    for field in fields:
        data = field.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
