"""One data file under any name, or the shards of one table."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.formats import format_problem
from functions.inspect.layouts.base import Form, Plan
from functions.inspect.layouts.named_splits import in_order
from functions.inspect.layouts.split_names import (
    Shard,
    have_own_numbers,
    missing_shard,
    shard_of,
)

_PLAIN_TEXT = frozenset({"txt", "text", "data", ""})


def recognise(files: Sequence[DropFile]) -> Plan | Problem | None:
    unreadable = [
        problem
        for file in files
        if (problem := format_problem(file.name, file.extension))
    ]
    if unreadable:
        return unreadable[0]
    if len(files) == 1:
        return Plan("one file", {"train": (files[0],)})
    return _shards(files) or Problem(
        "one data file, or files named train, validation and test",
        f"{len(files)} files: {listed(file.name for file in files)}",
        "Join them into one file, or rename them to train.…, validation.… and test.….",
    )


def _shards(files: Sequence[DropFile]) -> Plan | Problem | None:
    shards = [shard_of(file.stem) for file in files]
    kinds = {
        (shard.base, file.extension) for shard, file in zip(shards, files, strict=True)
    }
    if len(kinds) > 1 or not have_own_numbers(shards) or _may_be_texts(files, shards):
        return None
    if missing := missing_shard(shards):
        return Problem(
            missing, listed(file.name for file in files), "Upload all files."
        )
    return Plan("shards of one table", {"train": in_order(files)})


def _may_be_texts(files: Sequence[DropFile], shards: Sequence[Shard]) -> bool:
    """Whether numbered files may be one text each."""
    are_plain = {file.extension for file in files} <= _PLAIN_TEXT
    return are_plain and not all(shard.is_usual and shard.base for shard in shards)


FORM = Form("one file", recognise)
