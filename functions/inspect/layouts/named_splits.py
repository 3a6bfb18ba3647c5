"""`train.*`, and optionally `validation.*` and `test.*`, each in any format."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.formats import format_problem
from functions.inspect.layouts.base import Form, Plan

_SHARD = re.compile(r"(?P<split>[a-z]+)-\d+-of-(?P<count>\d+)(-[0-9a-f]+)?")
"""A part of a split, as the Hub and `datasets` name it."""
SPLITS = {
    "train": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
} | {
    "dev": "validation",
    "test": "test",
}


def split_of(file: DropFile) -> str | None:
    """The split that a file is called by, whole or as a shard of it."""
    stem = file.stem.lower()
    shard = _SHARD.fullmatch(stem)
    return SPLITS.get(shard["split"] if shard else stem)


def recognise(files: Sequence[DropFile]) -> Plan | Problem | None:
    named = [(file, split) for file in files if (split := split_of(file))]
    if not named:
        return None
    return (
        _extra(files)
        or _unreadable(files)
        or _twice(named)
        or _incomplete(named)
        or _without_train(files, named)
        or _plan(named)
    )


def _plan(named: Sequence[tuple[DropFile, str]]) -> Plan:
    by_split: dict[str, list[DropFile]] = defaultdict(list)
    for file, split in named:
        by_split[split].append(file)
    splits: dict[str, tuple[DropFile, ...]] = {
        s: tuple(by_split[s]) for s in ("train", "validation", "test") if s in by_split
    }
    return Plan("named splits", splits)


def _extra(files: Sequence[DropFile]) -> Problem | None:
    others = [file.name for file in files if split_of(file) is None]
    if not others:
        return None
    return Problem(
        "only train, validation and test files next to each other",
        listed(others),
        "Remove or rename what belongs to no split.",
    )


def _unreadable(files: Sequence[DropFile]) -> Problem | None:
    return next(
        (problem for file in files if (problem := format_problem(file.name, file.extension))), None
    )


def _twice(named: Sequence[tuple[DropFile, str]]) -> Problem | None:
    for split in ("train", "validation", "test"):
        names = [file.name for file, s in named if s == split]
        whole = [
            file for file, s in named if s == split and not _SHARD.fullmatch(file.stem.lower())
        ]
        if whole and len(names) > 1:
            return Problem(
                f"one {split} file",
                listed(names),
                "Leave the one that holds the rows, or join them.",
            )
    return None


def _incomplete(named: Sequence[tuple[DropFile, str]]) -> Problem | None:
    """A split some of whose shards are missing."""
    for split in ("train", "validation", "test"):
        stems = [file.stem.lower() for file, s in named if s == split]
        for shard in filter(None, map(_SHARD.fullmatch, stems)):
            if int(shard["count"]) != len(stems):
                expected = f"{int(shard['count'])} {split} files, as {shard[0]!r} says"
                remedy = "Upload all files of the split."
                return Problem(expected, f"{len(stems)}", remedy)
    return None


def _without_train(
    files: Sequence[DropFile], named: Sequence[tuple[DropFile, str]]
) -> Problem | None:
    if any(split == "train" for _, split in named):
        return None
    remedy = "Add the rows to learn from as train.csv (or .tsv, .jsonl, .json, .parquet)."
    return Problem("a train file", listed(file.name for file in files), remedy)


FORM = Form("named splits", recognise)
