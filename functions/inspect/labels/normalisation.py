"""Applies what was decided about the labels to every row: alike in all splits, between reading and dividing."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from dataclasses import replace
from typing import Any

from contracts.problems import Problem
from functions.common.text import counted
from functions.inspect.detection.detection import Detection
from functions.inspect.labels.decision import (
    MOST_MISSING,
    LabelColumn,
    LabelReading,
    contradicting_numbers,
    number_notes,
    read_labels,
)
from functions.inspect.labels.missing import could_stand_for_none
from functions.inspect.labels.settings import COPY_ONE, choice
from functions.inspect.layouts import Plan
from functions.inspect.rows.classes import Classes
from functions.inspect.rows.examination import Examination
from functions.inspect.rows.split_rows import Convert, Label
from functions.inspect.settings_file import Options, unfit
from tasks import Row, Task, cells
from tasks.text_classification import MULTI_LABEL, NUMBER_REMEDY, REGRESSION
from tasks.text_classification import TASK as SINGLE_LABEL
from tasks.written_numbers import EMPTY, MISSING, NumberFormat, form_of, format_of

_NO_NUMBERS = frozenset([EMPTY, MISSING])
_VARIANTS = {task.variant: task for task in SINGLE_LABEL.all_variants}


def normalise_labels(
    examination: Examination, plan: Plan, options: Options, settings_file: str = ""
) -> bool:
    """Rewrites the spools of a text classification whose labels are not what is to be learnt, and says so.

    False where the labels can't be read in one way: a problem then asks which.
    """
    detection = examination.detection
    if (
        detection is None
        or detection.task.name != SINGLE_LABEL.name
        or not examination.rows
    ):
        return True
    _leave_out_unanswered(examination, plan)
    if "missing" not in options.labels:
        _report_empty(examination, detection, plan)
    problem = _normalise(examination, plan, detection, options, settings_file)
    if problem:
        header = detection.mapping.get(detection.task.targets[0])
        examination.problems.add(
            replace(problem, file=problem.file or plan.name_of("train"), column=header)
        )
    return problem is None


def _normalise(
    examination: Examination,
    plan: Plan,
    detection: Detection,
    options: Options,
    settings_file: str,
) -> Problem | None:
    if detection.task.variant == REGRESSION.variant:
        return _normalise_numbers(examination, plan, options)
    header = detection.mapping[detection.task.targets[0]]
    column = LabelColumn(header, detection.task.variant, _counts(examination))
    reading = read_labels(column, options)
    if isinstance(reading, Problem):
        return reading
    examination.warnings += reading.warnings
    examination.notes += reading.notes
    if reading.is_as_written and not reading.empty & column.counts.keys():
        return None
    new = _reread(detection, _VARIANTS[reading.variant])
    for problem in unfit(options, new.task, settings_file):
        examination.problems.add(problem)
    _rewrite(examination, plan, new, _conversion(detection.task, new.task, reading))
    return None


def _counts(examination: Examination) -> Counter[str]:
    """Rows of each label over all splits, whose order is that of their first rows."""
    counts = Counter[str]()
    for split in examination.splits:
        counts.update(_counts_in(examination, split))
    return counts


def _counts_in(examination: Examination, split: str) -> dict[str, int]:
    labels = examination.labels.get(split)
    if labels:
        return {name: label.rows for name, label in labels.items()}
    ids = examination.splits[split].class_rows()
    classes = examination.classes.ids.items()
    return {name: ids[i] for name, i in classes if name is not None and ids[i]}


def _leave_out_unanswered(examination: Examination, plan: Plan) -> None:
    """A test file often comes without its answers: all cells are empty, or -1."""
    learnt = _counts_in(examination, "train").keys() - {"", *_NO_NUMBERS}
    for split in [name for name in examination.splits if name != "train"]:
        rows = len(examination.splits[split])
        counts = _counts_in(examination, split)
        has_none = rows > 0 and _stand_for_none(counts, learnt, rows)
        if has_none and (learnt or counts.keys() & _NO_NUMBERS):
            examination.leave_out(split, plan.name_of(split))


def _report_empty(examination: Examination, detection: Detection, plan: Plan) -> None:
    """A problem for each row whose cell of the label is empty, in the file that holds it."""
    target = detection.task.targets[0]
    header = detection.mapping.get(target)
    if detection.task.variant == MULTI_LABEL.variant:
        return
    for split, spool in examination.splits.items():
        if not _counts_in(examination, split).keys() & {"", EMPTY}:
            continue
        for place, number in spool.empty_answers(target):
            problem = replace(_empty_cell(target), row=number, column=header)
            file = _file_of(examination, plan, split, place)
            examination.problems.add(problem, file)


def _empty_cell(target: str) -> Problem:
    if target == REGRESSION.targets[0]:
        return cells.wanted_number(target, "", NUMBER_REMEDY)
    problem = cells.required({}, target)
    assert isinstance(problem, Problem)
    return problem


def _file_of(examination: Examination, plan: Plan, split: str, place: int) -> str:
    """The name of the file that a row of a spool was read from."""
    for file in plan.splits[split]:
        place -= examination.file_rows[split].get(file.name, 0)
        if place < 0:
            return file.name
    return plan.name_of(split)


def _stand_for_none(counts: dict[str, int], learnt: set[str], rows: int) -> bool:
    if not counts:
        return bool(learnt)
    name = next(iter(counts))
    is_only = len(counts) == 1 and counts[name] == rows
    return (
        is_only
        and name not in learnt
        and (name in _NO_NUMBERS or could_stand_for_none(name))
    )


def _reread(detection: Detection, task: Task) -> Detection:
    """The detection for another variant of text classification."""
    old = detection.task
    if task.variant == old.variant:
        return detection
    answer, target = old.targets[0], task.targets[0]
    mapping = {}
    for name, header in detection.mapping.items():
        mapping[target if name == answer else name] = header
    first = detection.reasons[0].replace(old.title, task.title, 1)
    first = first.replace(f" as {answer}", f" as {target}", 1)
    first = first.partition("; ")[0].rstrip(".")
    rest = [
        reason
        for reason in detection.reasons[1:]
        if not reason.startswith("The same columns")
    ]
    return replace(detection, task=task, mapping=mapping, reasons=(f"{first}.", *rest))


def _conversion(old: Task, new: Task, reading: LabelReading) -> Convert:
    """Canonical rows of one variant -> of another, None for rows without a label."""
    answer, target = old.targets[0], new.targets[0]
    number_format = reading.number_format
    cache: dict[str, Any] = {}

    def value(written: str) -> Any:
        if number_format:
            return None if written in reading.empty else number_format.parse(written)
        labels = reading.labels(written)
        if target == MULTI_LABEL.targets[0]:
            return labels or None
        return labels[0] if labels else None

    def read(written: str) -> Any:
        if written not in cache:
            cache[written] = value(written)
        return cache[written]

    def convert(row: Row) -> Row | None:
        written = row.pop(answer)
        if isinstance(written, list):
            labels = {label for name in written for label in read(name) or ()}
            return row | {target: sorted(labels)}
        learnt = read(written)
        return None if learnt is None else row | {target: learnt}

    return convert


def _rewrite(
    examination: Examination, plan: Plan, detection: Detection, convert: Convert
) -> None:
    """All spools with converted rows; classes, labels and the rows of the files are counted anew."""
    examination.detection, examination.convert = detection, convert
    examination.classes = Classes()
    for split, spool in [*examination.splits.items()]:
        labels: dict[str, Label] = {}
        examination.labels[split] = labels
        new, places = spool.converted(
            detection.task, convert, examination.classes, labels
        )
        examination.splits[split] = new
        if places is not None:
            count_rows_of_files(examination, plan, split, places)


def count_rows_of_files(
    examination: Examination, plan: Plan, split: str, places: array[int]
) -> None:
    """`places` are those of the kept rows among all that were read, rising."""
    end = kept = 0
    for file in plan.splits[split]:
        end += examination.file_rows[split].get(file.name, 0)
        upto = bisect_left(places, end)
        examination.file_rows[split][file.name] = upto - kept
        kept = upto


def _normalise_numbers(
    examination: Examination, plan: Plan, options: Options
) -> Problem | None:
    """Numbers of a regression that are written as in spreadsheets, or are missing."""
    forms = _counts_of_forms(examination)
    if not forms:
        return None
    missing = forms.pop(MISSING, 0) + forms.pop(EMPTY, 0)
    plain = examination.rows - missing - forms.total()
    if missing > MOST_MISSING * examination.rows and "missing" not in options.labels:
        leave_out = choice("leaves out these rows", options, missing=[])
        actual = f"none in {counted(missing, 'row')} of {examination.rows:,}"
        remedy = f"Fill in the numbers or delete the rows, {COPY_ONE}"
        return Problem("a number in every row", actual, remedy, choices=(leave_out,))
    number_format = format_of(forms)
    has_percentages = number_format is not None and number_format.are_percentages
    if number_format is None or (has_percentages and plain):
        return contradicting_numbers(_first_written(examination, [*forms]))
    if missing:
        examination.warnings.append(
            f"Left out: {counted(missing, 'row')} without a number."
        )
    if forms:
        names = dict.fromkeys(_first_written(examination, [*forms]), 1)
        examination.notes += number_notes(number_format, names)
    assert examination.detection is not None
    _rewrite(
        examination, plan, examination.detection, _number_conversion(number_format)
    )
    return None


def _counts_of_forms(examination: Examination) -> Counter[str]:
    forms = Counter[str]()
    for split in examination.splits:
        forms.update(
            {name: label.rows for name, label in examination.labels[split].items()}
        )
    return forms


def _first_written(examination: Examination, forms: list[str]) -> list[str]:
    """The first number of each form, as it is written."""
    firsts = []
    for form in forms:
        for split, spool in examination.splits.items():
            label = examination.labels[split].get(form)
            if label is None:
                continue
            firsts.append(spool.first_written(form, label))
            break
    return firsts


def _number_conversion(number_format: NumberFormat) -> Convert:
    def convert(row: Row) -> Row | None:
        score = row["score"]
        if isinstance(score, str) and form_of(score) in (EMPTY, MISSING):
            return None
        return (
            row | {"score": number_format.parse(score)}
            if isinstance(score, str)
            else row
        )

    return convert
