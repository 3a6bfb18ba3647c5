"""What the labels of a drop are: of all that its rows hold, which count as none, which are one, which are several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.problems import Problem
from functions.common.text import counted, listed, quoted
from functions.inspect.common.yaml_text import COPY
from functions.inspect.labels.missing import MissingLabels, missing_labels, rows_of
from functions.inspect.labels.separators import (
    NAMES,
    Separation,
    separation_of,
    splitting,
)
from functions.inspect.labels.settings import choice, setting_of, task_choice
from functions.inspect.labels.spellings import case_spellings, number_spellings
from functions.inspect.settings_file import Options
from tasks import cells
from tasks.base import plain
from tasks.text_classification import MULTI_LABEL, REGRESSION
from tasks.text_classification import TASK as SINGLE_LABEL
from tasks.written_numbers import PLAIN, NumberFormat, form_of, format_of

MOST_MISSING = 0.1
MOST_CLASSES = 20
"""Different whole numbers above which they are more often amounts than names of classes."""
_MOST_PERCENTAGES = 10
_PLURALS = frozenset(
    ["labels", "tags", "categories", "topics", "classes", "genres", "keywords"]
)
_TWO = 2


@dataclass(frozen=True)
class LabelColumn:
    """The labels as they were read: `variant` of text classification, rows by label over all splits."""

    header: str
    variant: str
    counts: Counter[str]

    @property
    def total(self) -> int:
        return self.counts.total()


@dataclass
class LabelReading:
    """How labels become labels to learn. `variant` is the one that then fits."""

    variant: str
    empty: frozenset[str] = frozenset()
    separator: str = ""
    """What stands between the labels of a cell; empty where each cell is one label."""
    spellings: Mapping[str, str] = field(default_factory=dict)
    """Whole numbers of several spellings, before cells are split; labels, after."""
    number_format: NumberFormat | None = None
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def labels(self, written: str) -> list[str]:
        """The labels of a cell; none where it holds no label."""
        if written in self.empty:
            return []
        split = splitting(self.separator)
        labels = [
            self.spellings.get(label, label)
            for label in split(self.spellings.get(written, written))
            if label not in self.empty
        ]
        return sorted({*labels})

    @property
    def is_as_written(self) -> bool:
        return not (self.spellings or self.number_format or self.separator)


def read_labels(column: LabelColumn, options: Options) -> LabelReading | Problem:
    """The one reading, or a question where there are two."""
    reading = LabelReading(column.variant)
    if problem := _leave_out(column, options, reading):
        return problem
    rest = Counter(
        {
            name: rows
            for name, rows in column.counts.items()
            if name not in reading.empty
        }
    )
    is_single = column.variant == SINGLE_LABEL.variant
    separator = options.labels.get("separator")
    if is_single and separator is None:
        amounts = _amounts(rest, options, reading, column)
        if isinstance(amounts, Problem):
            return amounts
        if amounts:
            return reading
        _unify_numbers(rest, reading)
    if problem := _separate(rest, options, reading, column):
        return problem
    _merge(rest, options, reading)
    return reading


def _leave_out(
    column: LabelColumn, options: Options, reading: LabelReading
) -> Problem | None:
    """Decides which labels are none; a question where many rows have none, or one that may be a label."""
    chosen = options.labels.get("missing")
    if chosen is not None:
        reading.empty = frozenset(["", *chosen])
        _count_left_out(column, reading)
        return None
    missing = missing_labels(column.counts)
    reading.empty = frozenset([""])
    if column.variant == MULTI_LABEL.variant:
        reading.empty = missing.empty
        return None
    if missing.doubtful:
        return _ask_about_missing(column, missing.doubtful | missing.empty, options)
    rest = column.counts.keys() - missing.empty
    written = missing.empty - {""}
    rows = rows_of(written, column.counts)
    if rows > MOST_MISSING * column.total or (written and len(rest) < _TWO):
        return _ask_about_missing(column, missing.empty, options)
    reading.empty |= missing.empty
    _count_left_out(column, reading)
    _note_kept(missing, reading)
    return None


def _count_left_out(column: LabelColumn, reading: LabelReading) -> None:
    rows = rows_of(reading.empty, column.counts)
    written = sorted(reading.empty & column.counts.keys() - {""})
    if not rows:
        return
    if not written:
        reading.warnings.append(f"Left out: {counted(rows, 'row')} without a label.")
        return
    keeps = setting_of("missing", [])
    reading.warnings.append(
        f"Left out: {counted(rows, 'row')} without a label, as which {listed(written)} "
        f"{'counts' if len(written) == 1 else 'count'}; {keeps} in traindrop.yaml learns what is written."
    )


def _note_kept(missing: MissingLabels, reading: LabelReading) -> None:
    for name in sorted(missing.kept):
        setting = setting_of("missing", [name])
        reading.notes.append(
            f"{quoted(name)} is learnt as a label; {setting} in traindrop.yaml leaves its rows out."
        )


def _ask_about_missing(
    column: LabelColumn, names: frozenset[str], options: Options
) -> Problem:
    rows = rows_of(names, column.counts)
    written = sorted(names & column.counts.keys() - {""})
    share = f"{counted(rows, 'row')} of {column.total:,}"
    leave_out = choice(
        f"leaves out {'these rows' if rows > 1 else 'this row'}",
        options,
        missing=written,
    )
    learn = choice(f"learns {listed(written)} as any other label", options, missing=[])
    actual = f"{listed(written)} in {share}, which may stand for no label"
    return Problem(
        "to know which rows have a label", actual, COPY, choices=(leave_out, learn)
    )


def _amounts(
    counts: Counter[str], options: Options, reading: LabelReading, column: LabelColumn
) -> bool | Problem:
    """Whether the labels are amounts: fractions or percentages. Many different whole numbers are asked about."""
    forms = {name: form_of(name) for name in counts}
    written = {form for form in forms.values() if form}
    if not written or None in forms.values():
        return False
    number_format = format_of(written)
    if number_format is None:
        return contradicting_numbers(list(counts))
    numbers = {number_format.parse(name) for name in counts}
    has_fractions = any(number % 1 for number in numbers)
    if has_fractions and _stand_alone(counts):
        return _ask_about_commas(column, options)
    is_amount = has_fractions or (
        number_format.are_percentages and len(numbers) > _MOST_PERCENTAGES
    )
    if is_amount or (written != {PLAIN} and len(numbers) > MOST_CLASSES):
        reading.variant, reading.number_format = REGRESSION.variant, number_format
        reading.notes += number_notes(number_format, counts)
        return True
    if len(numbers) > MOST_CLASSES and options.task is None:
        return _ask_about_numbers(len(numbers), options)
    return False


def _stand_alone(counts: Counter[str]) -> bool:
    separation = separation_of([*counts], is_plural=False)
    return separation is not None and separation.stands_alone


def number_notes(number_format: NumberFormat, names: Mapping[str, int]) -> list[str]:
    """How the first number is read that is not written as computers do."""
    odd = next((name for name in names if cells.number(name) is None), None)
    if odd is None:
        return [
            "The labels are numbers, not all of them whole: they are learnt as amounts."
        ]
    return [
        f"The numbers are read as amounts: {quoted(odd)} as {number_format.parse(odd):g}."
    ]


def contradicting_numbers(names: list[str]) -> Problem:
    odd = sorted({name for name in names if cells.number(name) is None})
    remedy = "Write all of them alike, for example 1234.5."
    return Problem("numbers that are written alike", listed(odd), remedy)


def _ask_about_numbers(different: int, options: Options) -> Problem:
    choices = (
        task_choice(
            "learns them as amounts", "text-classification/regression", options
        ),
        task_choice("learns them as names of classes", "text-classification", options),
    )
    expected = "to know whether the numbers are amounts or names of classes"
    return Problem(
        expected, f"{different:,} different whole numbers", COPY, choices=choices
    )


def _ask_about_commas(column: LabelColumn, options: Options) -> Problem:
    example = next(name for name in column.counts if "," in name)
    choices = (
        choice(f"reads {quoted(example)} as two labels", options, separator=","),
        task_choice(
            "learns numbers with a decimal comma",
            "text-classification/regression",
            options,
        ),
    )
    return Problem("to know what a comma means", quoted(example), COPY, choices=choices)


def _unify_numbers(counts: Counter[str], reading: LabelReading) -> None:
    spellings = number_spellings(counts)
    for name, whole in spellings.items():
        counts[whole] += counts.pop(name)
    reading.spellings = {**reading.spellings, **spellings}
    if spellings:
        name, whole = next(iter(spellings.items()))
        reading.notes.append(
            f"Whole numbers are learnt without a fraction: {quoted(name)} as {quoted(whole)}."
        )


def _separate(
    counts: Counter[str], options: Options, reading: LabelReading, column: LabelColumn
) -> Problem | None:
    """Splits cells of several labels; `counts` are then those of the single labels."""
    separator = options.labels.get("separator")
    if separator is None:
        is_plural = plain(column.header) in _PLURALS
        separation = separation_of(counts, is_plural=is_plural)
        if separation is None:
            return None
        if not separation.is_sure:
            return _ask_about_separator(separation, options)
        separator = separation.separator
        reading.notes.append(_separation_note(separation))
    if separator:
        reading.separator, reading.variant = separator, MULTI_LABEL.variant
        split, single = splitting(separator), Counter[str]()
        for name, rows in counts.items():
            for label in split(name):
                single[label] += rows
        counts.clear()
        counts.update(single)
    return None


def _separation_note(separation: Separation) -> str:
    keeps = setting_of("separator", "")
    labels = listed(splitting(separation.separator)(separation.example))
    return (
        f"Cells with {NAMES[separation.separator]} hold several labels: {quoted(separation.example)} is {labels}; "
        f"{keeps} in traindrop.yaml takes each cell for one."
    )


def _ask_about_separator(separation: Separation, options: Options) -> Problem:
    example, labels = (
        separation.example,
        splitting(separation.separator)(separation.example),
    )
    choices = (
        choice(
            f"reads {quoted(example)} as {listed(labels)}",
            options,
            separator=separation.separator,
        ),
        choice(f"reads {quoted(example)} as one label", options, separator=""),
    )
    actual = f"{quoted(example)}, where {NAMES[separation.separator]} may stand between several labels"
    return Problem(
        "to know how many labels a cell holds", actual, COPY, choices=choices
    )


def _merge(counts: Counter[str], options: Options, reading: LabelReading) -> None:
    """One spelling for labels that differ in case and spaces only."""
    spellings = case_spellings(counts)
    if not spellings or not options.labels.get("merge_spellings", True):
        return
    reading.spellings = {**reading.spellings, **spellings}
    written = [
        f"{quoted(name)} as {quoted(right)}"
        for name, right in sorted(spellings.items())
    ]
    more = f" and {len(written) - 8} more" if len(written) > 8 else ""
    keeps = setting_of("merge_spellings", False)
    reading.warnings.append(
        f"Labels that differ only in case or spaces are one: {', '.join(written[:8])}{more}; "
        f"{keeps} in traindrop.yaml keeps them apart."
    )
