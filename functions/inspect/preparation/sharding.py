"""Cuts a drop that is too large for one function into shards, once its task is known."""

from __future__ import annotations

from dataclasses import replace

from functions.inspect.preparation.base import (
    InspectionContext,
    PreparationResult,
    Rejection,
    ShardedDrop,
)
from functions.inspect.preparation.manifest import shards_of
from functions.inspect.rows.drop_size import (
    file_problem,
    shard_count_problem,
    text_size,
)
from functions.inspect.tables.split_column import in_splits, sampled_split_column

_MIB = 2**20
SHARDS_PER_DROP = 4
"""Of the size from which on a drop is cut."""


def is_sharded(context: InspectionContext) -> bool:
    """What was in an archive lies on this function's disk, and goes no further."""
    files = [file for of_split in context.plan.splits.values() for file in of_split]
    limit = context.settings.parallel_inspect_mb * _MIB
    return not context.unpacked and sum(map(text_size, files)) > limit


def cut(context: InspectionContext) -> PreparationResult:
    """What is wrong with the first file or the whole is known before any other file is read."""
    if problem := file_problem(context.plan):
        return Rejection.of(problem)
    header = sampled_split_column(
        context.plan, context.open, context.options.columns.values()
    )
    if header:
        context = replace(context, plan=in_splits(context.plan, header))
    most_bytes = context.settings.parallel_inspect_mb * _MIB / SHARDS_PER_DROP
    shards = shards_of(context.plan, most_bytes)
    problem = shard_count_problem(
        len(shards), len(context.plan.splits) if header else 1
    )
    if problem:
        return Rejection.of(problem)
    examination = context.reading.examine_first()
    if examination.detection is None:
        return Rejection(examination.problems, examination.warnings)
    return ShardedDrop(shards, header)
