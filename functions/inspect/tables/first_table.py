"""The first table of a drop: its columns and first rows decide what all rows are for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed, nearest, quoted
from functions.inspect.detection.task_detection import Detection, detect
from functions.inspect.detection.translation_direction import Languages
from functions.inspect.formats import Table, UnreadableError
from functions.inspect.labels.names import with_named_labels
from functions.inspect.rows.examination import Examination
from functions.inspect.settings_file import Options, unfit
from tasks import Task, find_task

_SORTED = frozenset({"arrow", "parquet", "pq", "feather"})
"""Files that keep the fields of a cell by name where `datasets` wrote them, not in the order of their owner."""


def detected(
    examination: Examination,
    file: DropFile,
    table: Table,
    options: Options,
    settings_file: str,
) -> Detection | None:
    """None where the file shows no columns, or the settings do not fit it: the problems then say so."""
    if not table.columns:
        report_broken(examination, file.name, table)
        return None
    if table.question and not options.columns:
        raise UnreadableError(table.question)
    wrong = list(_strange_columns(table, options, settings_file))
    answer = (
        None
        if wrong
        else detect(
            table.columns,
            table.sample,
            _choices(options.task),
            options.columns,
            languages=_languages(options),
            keeps_order=table.keeps_order and file.extension not in _SORTED,
        )
    )
    if isinstance(answer, Problem):
        raise UnreadableError(answer)
    wrong += unfit(options, answer.task, settings_file) if answer else []
    if answer and "label" not in options.columns:
        answer = with_named_labels(answer, table.columns, table.sample)
    examination.warnings += answer.warnings if answer else ()
    for problem in wrong:
        examination.problems.add(problem)
    return None if wrong else answer


def require_columns_of_first(
    examination: Examination, table: Table, options: Options
) -> None:
    """Raises `UnreadableError` for a file that is for another task by columns that the first file lacks."""
    detection = examination.detection
    more = {*table.columns} - {*examination.first_columns}
    if detection is None or options.task or options.columns or not more:
        return
    answer = detect(table.columns, table.sample)
    if isinstance(answer, Problem) or answer.task == detection.task:
        return
    if used := more & {*answer.mapping.values()}:
        raise UnreadableError(
            Problem(
                f"the columns of the first file, {listed(examination.first_columns)}, read for {detection.task.name}",
                f"also {listed(sorted(used))}, with which this file is one for {answer.task.name}",
                "Give all files the same columns, or name the task in traindrop.yaml.",
            )
        )


def _languages(options: Options) -> Languages:
    source, target = (
        str(options.hyperparameters.get(f"{side}_language", ""))
        for side in ("source", "target")
    )
    return Languages(source, target)


def _choices(name: str | None) -> tuple[Task, ...] | None:
    """The forms to choose from: of a task that is named without its variant, all."""
    if name is None:
        return None
    task = find_task(name)
    return (task,) if task.variant else task.all_variants


def _strange_columns(
    table: Table, options: Options, settings_file: str
) -> Iterator[Problem]:
    for canonical, header in options.columns.items():
        if header not in table.columns:
            key = f"columns.{canonical}"
            guess = nearest(header, list(table.columns))
            remedy = (
                f"Did you mean {quoted(guess)}? Correct it."
                if guess
                else "Name one of them, or remove the line."
            )
            actual = f"{quoted(header)}, and the columns {listed(table.columns)}"
            yield Problem(
                "a column of the data",
                actual,
                remedy,
                settings_file,
                options.lines.get(key),
                key,
            )


def report_broken(examination: Examination, file: str, table: Table) -> None:
    """The problems of a file none of whose first rows could be read."""
    before = examination.problems.count
    for number, row in table.rows({}):
        if isinstance(row, Problem):
            examination.problems.add(replace(row, row=number), file)
    if examination.problems.count == before:
        raise UnreadableError(
            Problem("rows with named columns", "none", "Check the export.")
        )
