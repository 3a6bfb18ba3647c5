"""Rows to learn from: every row is read and checked, the task is detected from them, held-out rows are set aside."""

from __future__ import annotations

import time
from dataclasses import replace

from contracts import locations
from contracts.outcomes import InspectOutcome
from functions.inspect.labels.normalisation import normalise_labels
from functions.inspect.preparation.base import (
    InspectionContext,
    PreparationResult,
    PreparedRun,
    Rejection,
)
from functions.inspect.preparation.base_model import unfit_base_model
from functions.inspect.preparation.documents import (
    InspectionResult,
    profile_of,
    record_of,
    snapshot_of,
    spec_of,
)
from functions.inspect.preparation.sharding import cut, is_sharded
from functions.inspect.rows.acceptance import judged
from functions.inspect.rows.dataset_warnings import on_search
from functions.inspect.rows.drop_size import size_problem
from functions.inspect.rows.examination import Examination
from functions.inspect.rows.row_sources import write_sources
from functions.inspect.rows.splits import SplitPlan, seen_rows, write_splits
from functions.inspect.tables.split_column import no_training_rows, with_split_column


def prepare(context: InspectionContext) -> PreparationResult:
    if is_sharded(context):
        return cut(context)
    if problem := size_problem(context.plan):
        return Rejection.of(problem)
    started = time.monotonic()
    plan = with_split_column(
        context.plan, context.open, context.options.columns.values()
    )
    if "train" not in plan.splits:
        return Rejection.of(no_training_rows(plan.split_column))
    context = replace(context, plan=plan)
    examination = context.reading.examine()
    division = decided(context, examination)
    if isinstance(division, Rejection):
        return division
    write_sources(
        context.plan,
        examination,
        division.routes,
        context.folder / locations.ROW_SOURCES,
    )
    counts = write_splits(examination.spools, division.routes, context.folder)
    seconds = time.monotonic() - started
    result = snapshot_of(
        context,
        examination=examination,
        division=division,
        counts=counts,
        seconds=seconds,
    )
    for split in result.split_rows:
        context.storage.upload_file(
            context.folder / f"{split}.jsonl", locations.rows_key(context.run, split)
        )
    context.storage.upload_file(
        context.folder / locations.ROW_SOURCES, locations.row_sources_key(context.run)
    )
    return published(context, result)


def decided(
    context: InspectionContext, examination: Examination
) -> SplitPlan | Rejection:
    """How to divide the rows of a drop, or why they can't be trained on; the labels are read on the way."""
    is_clear = normalise_labels(
        examination, context.plan, context.options, context.settings_file
    )
    seen = context.seen_by_live
    division = judged(context.plan, examination, seen) if is_clear else None
    if division is None or examination.detection is None:
        return Rejection(examination.problems, examination.warnings, examination.rows)
    if problem := unfit_base_model(context, examination.detection.task):
        return Rejection.of(problem)
    examination.warnings += on_search(context.options.search)
    _write_seen(context, examination, division)
    return division


def _write_seen(
    context: InspectionContext, examination: Examination, division: SplitPlan
) -> None:
    path = context.folder / locations.SEEN_ROWS
    with path.open("wb") as file:
        seen_rows(examination.splits, division).to_array().tofile(file)
    context.storage.upload_file(path, locations.seen_rows_key(context.run))


def published(context: InspectionContext, result: InspectionResult) -> PreparedRun:
    """The run's documents; its rows have been written."""
    for file in context.parts.code:
        context.storage.copy(
            file.stored.key,
            file.stored.version_id,
            f"{locations.run_prefix(context.run)}{file.name}",
        )
    spec = replace(context.complete(spec_of(result)), warnings=tuple(result.warnings))
    return PreparedRun(
        InspectOutcome.READY,
        spec,
        profile_of(result),
        record_of(result),
        result.warnings,
    )
