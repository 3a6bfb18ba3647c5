"""Reads every row of a drop: opens its files, detects the task, checks each row and spools what is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from functions.logic.detection import Detection, detect
from functions.logic.drop import DropFile
from functions.logic.forms import Plan
from functions.logic.measures import Lengths
from functions.logic.problems import Problems, listed
from functions.logic.reading import Table, UnreadableError, open_table
from functions.logic.rows import Classes, Spool, content_of, key_of
from tasks import Problem

MAX_ROWS = 20_000_000

Opener = Callable[[DropFile], BinaryIO]


@dataclass
class Label:
    """How many rows of a file hold a label, and the first one's number."""

    first: int
    rows: int = 0


@dataclass
class Examination:
    """What was read of a drop. Where `problems` is empty, `detection` is there and a spool for every file."""

    problems: Problems = field(default_factory=Problems)
    detection: Detection | None = None
    spools: dict[str, Spool] = field(default_factory=dict)
    classes: Classes = field(default_factory=Classes)
    labels: dict[str, dict[str, Label]] = field(default_factory=dict)
    """Per split, the labels of tasks whose rows have several, or of no class."""
    lengths: Lengths = field(default_factory=Lengths)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    encodings: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(len(spool) for spool in self.spools.values())


def examine(plan: Plan, open_file: Opener, folder: Path) -> Examination:
    """Reads the files of a plan in its order, the first one telling the task; spools lie in `folder`."""
    found = Examination()
    for split, file in plan.splits.items():
        with _problems_of(file, found.problems), open_file(file) as stream:
            _examine_file(found, split, file, open_table(stream, file.extension), folder)
        if found.detection is None:
            break
    return found


def _examine_file(found: Examination, split: str, file: DropFile, table: Table, folder: Path) -> None:
    if not table.columns:
        return _report_broken(found, file.name, table)
    found.detection = found.detection or _detected(table)
    _require_columns(table, found.detection)
    with Spool(folder / f"{split}.spool") as spool:
        found.spools[split] = spool
        _check_rows(found, split, file.name, table, spool)
    return _note(found, file, table)


@contextmanager
def _problems_of(file: DropFile, problems: Problems) -> Iterator[None]:
    try:
        yield
    except UnreadableError as error:
        problems.add(error.problem, file.name)


def _report_broken(found: Examination, file: str, table: Table) -> None:
    """The problems of a file none of whose first rows could be read."""
    before = found.problems.count
    for number, row in table.rows({}):
        if isinstance(row, Problem):
            found.problems.add(replace(row, row=number), file)
    if found.problems.count == before:
        raise UnreadableError(Problem("rows with named columns", "none", "Check the export."))


def _detected(table: Table) -> Detection:
    answer = detect(table.columns, table.sample)
    if isinstance(answer, Problem):
        raise UnreadableError(answer)
    return answer


def _require_columns(table: Table, detection: Detection) -> None:
    """Every file of a drop must have the columns that were found in the first one."""
    for column in detection.task.columns:
        name = detection.mapping.get(column.name)
        if name is not None and name not in table.columns:
            remedy = "Name the columns alike in every file."
            found = f"the columns {listed(table.columns)}"
            raise UnreadableError(Problem(f"the column {name!r}, as in the train file", found, remedy))


def _check_rows(found: Examination, split: str, file: str, table: Table, spool: Spool) -> None:
    assert found.detection is not None
    task, mapping = found.detection.task, found.detection.mapping
    content, check, class_of = content_of(task), task.check_row, task.class_of
    class_id, measure, room = found.classes.id_of, found.lengths.add, MAX_ROWS - found.rows
    labels = found.labels.setdefault(split, {})
    for number, row in table.rows(mapping):
        checked = row if isinstance(row, Problem) else check(row)
        if isinstance(checked, Problem):
            column = mapping.get(checked.column, checked.column) if checked.column else None
            found.problems.add(replace(checked, row=number, column=column), file)
            continue
        if len(spool) >= room:
            raise _too_many()
        text, class_name = content(checked), class_of(checked)
        spool.add(checked, number, key_of(text, class_id(class_name)))
        measure(text)
        if class_name is None:
            for label in set(task.labels_of(checked)):
                labels.setdefault(label, Label(number)).rows += 1


def _too_many() -> UnreadableError:
    return UnreadableError(Problem(f"at most {MAX_ROWS:,} rows", "more", "Drop a sample of the rows."))


def _note(found: Examination, file: DropFile, table: Table) -> None:
    found.warnings += [f"{file.name}: {warning}" for warning in table.warnings()]
    found.notes += [f"{file.name}: {note}." for note in table.notes]
    found.encodings[file.name] = table.encoding()
