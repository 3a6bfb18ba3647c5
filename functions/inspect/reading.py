"""Reads every row of a drop: opens its files, detects the task, checks each row and spools what is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.detection import Detection
from functions.inspect.drop_size import too_much
from functions.inspect.examination import Examination
from functions.inspect.exports import with_plain_columns
from functions.inspect.first_table import detected, report_broken
from functions.inspect.formats import Table, UnreadableError
from functions.inspect.labels.vectors import label_columns_of, with_names_of_digits
from functions.inspect.layouts import Plan
from functions.inspect.problems import Problems
from functions.inspect.row_checks import check_rows
from functions.inspect.settings_file import NONE, Options
from functions.inspect.sources import Opener, open_source
from functions.inspect.split_column import rows_of_split
from functions.inspect.spool import Spool
from functions.inspect.spread_sample import with_spread_sample


def examine(
    plan: Plan,
    open_file: Opener,
    folder: Path,
    options: Options = NONE,
    settings_file: str = "",
) -> Examination:
    """Reads the files of a plan in its order, the first one telling the task; spools lie in `folder`."""
    examination = Examination()
    for split, files in plan.splits.items():
        with Spool(folder / f"{split}.spool") as spool:
            examination.spools[split] = spool
            for file in files:
                if examination.is_full:
                    examination.problems.add(
                        too_much("more, once all files are unpacked")
                    )
                    return examination
                with (
                    _problems_of(file, examination.problems),
                    open_source(file, open_file) as source,
                ):
                    read = partial(_learnt_from, examination, plan, split, options)
                    table = read(source)
                    if examination.detection is None:
                        shown = with_spread_sample(
                            table, partial(_reopened, file, open_file, read)
                        )
                        examination.detection = detected(
                            examination, file, shown, options, settings_file
                        )
                    _examine_file(examination, split, file, table, spool)
                if examination.detection is None:
                    return examination
                if split not in examination.spools:
                    _leave_out_files(examination, split, files)
                    break
    return examination


@contextmanager
def _reopened(
    file: DropFile, open_file: Opener, read: Callable[[Table], Table]
) -> Iterator[Table]:
    with open_source(file, open_file) as source:
        yield read(source)


def _learnt_from(
    examination: Examination, plan: Plan, split: str, options: Options, source: Table
) -> Table:
    """The rows of the split in a file, under the columns that its tool means, labels by their names."""
    kept = [*options.columns.values(), *filter(None, [plan.split_column])]
    table = with_plain_columns(source, kept)
    if plan.split_column:
        table = rows_of_split(table, plan.split_column, split)
    if examination.label_columns is None:
        examination.label_columns = label_columns_of(table, options)
    return with_names_of_digits(
        table, examination.label_columns, options, examination.detection
    )


def _examine_file(
    examination: Examination, split: str, file: DropFile, table: Table, spool: Spool
) -> None:
    if examination.detection is None:
        return None
    if not table.columns:
        return report_broken(examination, file.name, table)
    if split != "train" and not len(spool) and _is_unanswered(examination, table):
        return _leave_out(examination, split, file, table)
    if split == "train":
        examination.columns |= {*table.columns}
    _require_columns(table, examination.detection)
    before = len(spool)
    check_rows(examination, split, file.name, table, spool)
    examination.file_rows.setdefault(split, {})[file.name] = len(spool) - before
    return _note(examination, file, table)


@contextmanager
def _problems_of(file: DropFile, problems: Problems) -> Iterator[None]:
    try:
        yield
    except UnreadableError as error:
        problems.add(error.problem, file.name)


def _require_columns(table: Table, detection: Detection) -> None:
    """Every file of a drop must have the columns that were found in the first one."""
    read = detection.shape.columns if detection.shape else detection.mapping
    for name in read.values():
        if name not in table.columns:
            remedy = "Name the columns alike in every file."
            actual = f"the columns {listed(table.columns)}"
            raise UnreadableError(
                Problem(f"the column {name!r}, as in the first file", actual, remedy)
            )


def _is_unanswered(examination: Examination, table: Table) -> bool:
    """Whether a file has the columns of the train file but for the answers, as a competition's test file."""
    detection = examination.detection
    if detection is None or detection.shape:
        return False
    missing = {
        name
        for name, header in detection.mapping.items()
        if header not in table.columns
    }
    is_alike = {*table.columns} <= examination.columns
    return is_alike and bool(missing) and missing <= {*detection.task.targets}


def _leave_out(
    examination: Examination, split: str, file: DropFile, table: Table
) -> None:
    examination.leave_out(split, file.name)
    examination.encodings[file.name] = table.encoding()
    examination.file_rows[split] = {file.name: 0}


def _leave_out_files(
    examination: Examination, split: str, files: Sequence[DropFile]
) -> None:
    """The other files of a split that is left out are not read."""
    for file in files:
        examination.encodings.setdefault(file.name, "UTF-8")
        examination.file_rows[split].setdefault(file.name, 0)


def _note(examination: Examination, file: DropFile, table: Table) -> None:
    if file.name in examination.encodings:
        return  # read for another split before
    examination.warnings += [f"{file.name}: {warning}" for warning in table.warnings()]
    examination.notes += [f"{file.name}: {note}." for note in table.notes]
    examination.encodings[file.name] = table.encoding()
