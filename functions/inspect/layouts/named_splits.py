"""`train.*`, and optionally `validation.*` and `test.*`, each in any format."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.formats import first_format_problem
from functions.inspect.layouts.base import Form, Plan
from functions.inspect.layouts.split_names import (
    have_own_numbers,
    missing_shard,
    shard_of,
    splits_of,
)

Splits = Mapping[str, Sequence[DropFile]]


def recognise(files: Sequence[DropFile]) -> Plan | Problem | None:
    by_split: dict[str, list[DropFile]] = defaultdict(list)
    others: list[DropFile] = []
    for file, split in zip(
        files, splits_of([file.stem for file in files]), strict=True
    ):
        (by_split[split] if split else others).append(file)
    if not by_split:
        return None
    return (
        _extra(others)
        or first_format_problem(files)
        or _twice(by_split)
        or _incomplete(by_split)
        or _without_train(by_split)
        or _plan(by_split)
    )


def in_order(files: Sequence[DropFile]) -> tuple[DropFile, ...]:
    """Shards by their numbers."""
    return tuple(sorted(files, key=_shard_key))


def _shard_key(file: DropFile) -> tuple[int, str]:
    number = shard_of(file.stem).number
    return (-1 if number is None else number, file.name)


def _plan(by_split: Splits) -> Plan:
    splits: dict[str, tuple[DropFile, ...]] = {}
    for split in ("train", "validation", "test"):
        if split in by_split:
            splits[split] = in_order(by_split[split])
    return Plan("named splits", splits)


def _extra(others: Sequence[DropFile]) -> Problem | None:
    if not others:
        return None
    return Problem(
        "only train, validation and test files next to each other",
        listed(file.name for file in others),
        "Remove or rename what belongs to no split.",
    )


def _twice(by_split: Splits) -> Problem | None:
    for split, files in by_split.items():
        shards = [shard_of(file.stem) for file in files]
        is_one_table = len({(shard.base, shard.count) for shard in shards}) == 1
        if len(files) > 1 and not (is_one_table and have_own_numbers(shards)):
            names = listed(file.name for file in files)
            return Problem(
                f"one {split} file",
                names,
                "Leave the one that holds the rows, or join them.",
            )
    return None


def _incomplete(by_split: Splits) -> Problem | None:
    """A split some of whose shards are missing."""
    for split, files in by_split.items():
        if missing := missing_shard([shard_of(file.stem) for file in files], split):
            names = listed(file.name for file in files)
            return Problem(missing, names, "Upload all files of the split.")
    return None


def _without_train(by_split: Splits) -> Problem | None:
    if "train" in by_split:
        return None
    remedy = (
        "Add the rows to learn from as train.csv (or .tsv, .jsonl, .json, .parquet)."
    )
    names = listed(file.name for files in by_split.values() for file in files)
    return Problem("a train file", names, remedy)


FORM = Form("named splits", recognise)
