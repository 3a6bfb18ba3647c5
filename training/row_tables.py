"""Tables of single held-out rows for people: what is answered wrong, and labels that are likely wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from contracts.changes import ChangedAnswer
from contracts.evaluation import Evaluation, Mistake
from contracts.locations import LABEL_ERRORS, MISTAKES, ROW_SOURCES, row_files
from training.common.log import say
from training.inputs.job_inputs import Job
from training.recipes.base import Predictions

MAX_BYTES = 1_000_000
"""Of a table: the API passes on no more than about that."""
RowT = TypeVar("RowT", Mistake, ChangedAnswer)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Source:
    """Where a row of the drop is; `row` counts as a spreadsheet does."""

    file: str
    row: int


def read_sources(channel: Path | None, rows: int) -> list[Source]:
    """Of every held-out row; empty where Inspect left none, or not as many."""
    sources: list[Source] = []
    for path in row_files(channel, ROW_SOURCES) if channel else ():
        with path.open(encoding="utf-8", newline="") as file:
            sources += [Source(name, int(row)) for name, row in csv.reader(file)]
    return sources if len(sources) == rows else []


def with_sources(evaluation: Evaluation, sources: Sequence[Source]) -> Evaluation:
    """The evaluation whose mistakes and changed answers name their file and row."""
    if not sources:
        return evaluation
    changes = evaluation.changes
    if changes:
        new, gone = _placed(changes.new, sources), _placed(changes.gone, sources)
        changes = replace(changes, new=new, gone=gone)
    mistakes = _placed(evaluation.mistakes, sources)
    return replace(evaluation, mistakes=mistakes, changes=changes)


def _placed(rows: Sequence[RowT], sources: Sequence[Source]) -> tuple[RowT, ...]:
    placed = []
    for row in rows:
        source = sources[row.row]
        placed.append(replace(row, file=source.file, file_row=source.row))
    return tuple(placed)


def write_tables(job: Job, predictions: Predictions, sources: Sequence[Source]) -> None:
    """`mistakes.csv`, and `label_errors.csv` where rows have labels; or says in the log why there are none.

    `predictions` are of the held-out rows.
    """
    try:
        _write_tables(job, predictions, sources)
    except (
        Exception
    ) as error:  # a good model is not thrown away for a list of its mistakes
        say(f"The lists of mistakes are left out: {type(error).__name__}: {error}")


def _write_tables(
    job: Job, predictions: Predictions, sources: Sequence[Source]
) -> None:
    scorer, folder = job.recipe.scorer, job.paths.output_data
    mistakes = scorer.mistakes(predictions, job.test)
    lines = [_mistake_line(mistake, sources) for mistake in mistakes]
    header = ["file", "row", "text", "expected", "answered", "score"]
    _write(folder / MISTAKES, header, lines)
    errors = scorer.label_errors(predictions, job.test)
    if errors is None:
        return
    columns = job.spec.columns
    inputs = [name for name in ("text", "text_pair") if name in job.test[0]]
    target = "labels" if "labels" in job.test[0] else "label"
    header = [columns.get(name, name) for name in (*inputs, target)]
    suspects = []
    for error in errors:
        texts = [job.test[error.row][name] for name in inputs]
        answers = error.label, error.suggested, f"{error.score:.4f}"
        suspects.append([*_place(error.row, sources), *texts, *answers])
    _write(
        folder / LABEL_ERRORS,
        ["file", "row", *header, f"suggested_{target}", "margin"],
        suspects,
    )


def _mistake_line(mistake: Mistake, sources: Sequence[Source]) -> list[object]:
    score = "" if mistake.score is None else f"{mistake.score:.4f}"
    answers = mistake.input, mistake.expected, mistake.found
    return [*_place(mistake.row, sources), *answers, score]


def _place(row: int, sources: Sequence[Source]) -> tuple[str, int]:
    """File and row of the drop; without sources the place among the held-out rows, from 1."""
    return (sources[row].file, sources[row].row) if sources else ("", row + 1)


def _write(
    path: Path, header: Sequence[str], lines: Iterable[Sequence[object]]
) -> None:
    """As many lines as fit into `MAX_BYTES`; with a byte order mark, by which spreadsheets read UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for line in lines:
            if file.tell() > MAX_BYTES:
                return
            writer.writerow([_safe(cell) for cell in line])


def _safe(cell: object) -> object:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    if (
        isinstance(cell, str)
        and cell.startswith(_FORMULA_STARTS)
        and not _is_number(cell)
    ):
        return f"'{cell}"
    return cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
