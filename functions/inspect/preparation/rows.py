"""Rows to learn from: every row is read and checked, the task told from them, held-out rows set aside."""

from __future__ import annotations

import time
from dataclasses import replace

from contracts import locations
from contracts.outcomes import InspectOutcome
from functions.inspect.acceptance import judged
from functions.inspect.dataset_warnings import on_search
from functions.inspect.drop_size import size_problem
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
from functions.inspect.reading import examine
from functions.inspect.row_sources import write_sources
from functions.inspect.split_column import with_split_column
from functions.inspect.splits import write_splits


def prepare(context: InspectionContext) -> PreparationResult:
    if problem := size_problem(context.plan):
        return Rejection.of(problem)
    started = time.monotonic()
    plan = with_split_column(
        context.plan, context.open, context.options.columns.values()
    )
    context = replace(context, plan=plan)
    examination = examine(
        context.plan,
        context.open,
        context.folder,
        context.options,
        context.settings_file,
    )
    is_clear = normalise_labels(
        examination, context.plan, context.options, context.settings_file
    )
    division = judged(context.plan, examination) if is_clear else None
    if division is None or examination.detection is None:
        return Rejection(examination.problems, examination.warnings, examination.rows)
    if problem := unfit_base_model(context, examination.detection.task):
        return Rejection.of(problem)
    examination.warnings += on_search(context.options.search)
    write_sources(
        context.plan,
        examination,
        division.routes,
        context.folder / locations.ROW_SOURCES,
    )
    counts = write_splits(examination.spools, division.routes, context.folder)
    seconds = time.monotonic() - started
    done = snapshot_of(
        context,
        examination=examination,
        division=division,
        counts=counts,
        seconds=seconds,
    )
    return _published(context, done)


def _published(context: InspectionContext, done: InspectionResult) -> PreparationResult:
    for split in done.split_rows:
        context.storage.upload_file(
            context.folder / f"{split}.jsonl", locations.rows_key(context.run, split)
        )
    context.storage.upload_file(
        context.folder / locations.ROW_SOURCES, locations.row_sources_key(context.run)
    )
    for file in context.parts.code:
        context.storage.copy(
            file.stored.key,
            file.stored.version_id,
            f"{locations.run_prefix(context.run)}{file.name}",
        )
    spec = replace(context.complete(spec_of(done)), warnings=tuple(done.warnings))
    return PreparedRun(
        InspectOutcome.READY, spec, profile_of(done), record_of(done), done.warnings
    )
