"""`train.*`, and optionally `validation.*` and `test.*`, each in any format."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.formats import format_problem
from functions.inspect.layouts.base import Form, Plan

SPLITS = {
    "train": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
} | {
    "dev": "validation",
    "test": "test",
}


def recognise(files: Sequence[DropFile]) -> Plan | Problem | None:
    named = [(file, split) for file in files if (split := SPLITS.get(file.stem.lower()))]
    if not named:
        return None
    return (
        _extra(files)
        or _unreadable(files)
        or _twice(named)
        or _without_train(files, named)
        or _plan(named)
    )


def _plan(named: Sequence[tuple[DropFile, str]]) -> Plan:
    by_split = {split: (file,) for file, split in named}
    return Plan(
        "named splits", {s: by_split[s] for s in ("train", "validation", "test") if s in by_split}
    )


def _extra(files: Sequence[DropFile]) -> Problem | None:
    others = [file.name for file in files if file.stem.lower() not in SPLITS]
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
        if len(names) > 1:
            return Problem(
                f"one {split} file",
                listed(names),
                "Leave the one that holds the rows, or join them.",
            )
    return None


def _without_train(
    files: Sequence[DropFile], named: Sequence[tuple[DropFile, str]]
) -> Problem | None:
    if any(split == "train" for _, split in named):
        return None
    remedy = "Add the rows to learn from as train.csv (or .tsv, .jsonl, .json, .parquet)."
    return Problem("a train file", listed(file.name for file in files), remedy)


FORM = Form("named splits", recognise)
