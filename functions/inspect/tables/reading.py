"""Reads every row of a drop: opens its files, detects the task, checks each row and spools what is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.common.problems import Problems
from functions.inspect.detection.detection import Detection
from functions.inspect.exports import with_plain_columns
from functions.inspect.formats import Table, UnreadableError
from functions.inspect.labels.vectors import label_columns_of, with_names_of_digits
from functions.inspect.layouts import Plan
from functions.inspect.rows.drop_size import too_much
from functions.inspect.rows.examination import Examination
from functions.inspect.rows.row_checks import check_rows
from functions.inspect.rows.spool import Spool
from functions.inspect.settings_file import NONE, Options
from functions.inspect.sources import Opener, open_source
from functions.inspect.tables.first_table import (
    detected,
    report_broken,
    require_columns_of_first,
)
from functions.inspect.tables.split_column import rows_of_split
from functions.inspect.tables.spread_sample import spread_over, with_spread_sample

_SAMPLED_FILES = 3


@dataclass(frozen=True)
class Reading:
    """How the files of a plan are read; spools lie in `folder`."""

    plan: Plan
    open_file: Opener
    folder: Path
    options: Options = NONE
    settings_file: str = ""

    def examine(self) -> Examination:
        """All files in the order of the plan, the first one telling the task."""
        examination = Examination()
        for split, files in self.plan.splits.items():
            if not self._read_split(examination, split, files):
                break
        return examination

    def examine_shard(self, split: str, files: Sequence[DropFile]) -> Examination:
        """Some files of one split, as they would be read among all."""
        examination = self.examine_first()
        examination.warnings.clear()
        if split == next(iter(self.plan.splits)) and self._first_file() in files:
            examination = Examination()
        elif self.plan.split_column:
            examination.may_leave_out = False
        elif files[0] is self.plan.splits[split][0]:
            examination.columns |= self._train_columns(examination)
        else:
            examination.may_leave_out = False
        self._read_split(examination, split, files)
        return examination

    def examine_first(self) -> Examination:
        """What the first file alone tells: the task, or what is wrong with it. No row is checked."""
        examination = Examination()
        file, split = self._first_file(), next(iter(self.plan.splits))
        with (
            _problems_of(file, examination.problems),
            self._table(examination, split, file) as table,
        ):
            self._detect(examination, split, file, table)
        return examination

    def _first_file(self) -> DropFile:
        return next(iter(self.plan.splits.values()))[0]

    def _train_columns(self, examination: Examination) -> set[str]:
        columns: set[str] = set()
        for file in self.plan.splits["train"]:
            with (
                suppress(UnreadableError),
                self._table(examination, "train", file) as table,
            ):
                columns |= {*table.columns}
        return columns

    def _read_split(
        self, examination: Examination, split: str, files: Sequence[DropFile]
    ) -> bool:
        """Whether the files of the next split can be read."""
        with Spool(self.folder / f"{split}.spool") as spool:
            examination.splits[split] = spool
            for file in files:
                if examination.is_full:
                    examination.problems.add(
                        too_much("more, once all files are unpacked")
                    )
                    return False
                with (
                    _problems_of(file, examination.problems),
                    self._table(examination, split, file) as table,
                ):
                    if examination.detection is None:
                        self._detect(examination, split, file, table)
                    require_columns_of_first(examination, table, self.options)
                    _examine_file(examination, split, file, table, spool)
                if examination.detection is None:
                    return False
                if split not in examination.splits:
                    _leave_out_files(examination, split, files)
                    break
        return True

    def _detect(
        self, examination: Examination, split: str, file: DropFile, table: Table
    ) -> None:
        opened = partial(self._table, examination, split)
        files = spread_over(self.plan.splits[split], _SAMPLED_FILES)
        others = [partial(opened, other) for other in files if other is not file]
        shown = with_spread_sample(table, partial(opened, file), others)
        examination.first_columns = table.columns
        examination.detection = detected(
            examination, file, shown, self.options, self.settings_file
        )

    @contextmanager
    def _table(
        self, examination: Examination, split: str, file: DropFile
    ) -> Iterator[Table]:
        """The rows of the split in a file, under the columns that its tool means, labels by their names."""
        with open_source(file, self.open_file) as source:
            yield self._learnt_from(examination, split, source)

    def _learnt_from(
        self, examination: Examination, split: str, source: Table
    ) -> Table:
        plan, options = self.plan, self.options
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
    if detection is None or detection.shape or not examination.may_leave_out:
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
