"""What must be true of a data set as a whole. Each rule looks at one thing; the first one broken is reported."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from contracts.problems import Problem
from functions.common.text import quoted
from functions.inspect.rows.classes import Classes
from functions.inspect.rows.split_rows import Label, SplitRows
from functions.inspect.rows.splits import KeyStatistics
from tasks import Task

MIN_ROWS = 10
MIN_CONTENTS = 2
LABEL_LIMIT = 200
MAX_LABELS = 1000
_FEW_CLASSES = 10


@dataclass(frozen=True)
class DataSet:
    """All that the rules look at; `train` excludes rows that are in a given test or validation file too."""

    task: Task
    answer: str
    """The user's name of the column that holds the class."""
    classes: Classes
    labels: dict[str, dict[str, Label]]
    """Per split, the labels of tasks whose rows have no class."""
    train: KeyStatistics
    leaked: int
    """Rows of the train file that are left out, for another file holds them too."""
    splits: Mapping[str, SplitRows]
    files: dict[str, str]
    """Split to file name."""

    @property
    def train_classes(self) -> dict[str, int]:
        return {
            n: i
            for n, i in self.classes.ids.items()
            if n is not None and self.train.class_rows[i]
        }

    def row_of(self, split: str, class_id: int) -> int:
        """The number of a class's first row in a file."""
        return self.splits[split].first_number(class_id)


def first_violated_rule(data: DataSet) -> list[Problem]:
    """The problems of the first broken rule, most grievous rule first."""
    for rule in RULES:
        problems = list(rule(data))
        if problems:
            return problems
    return []


def enough_rows(data: DataSet) -> Iterator[Problem]:
    if data.train.rows < MIN_ROWS:
        actual = f"{data.train.rows}" if data.train.rows else "none"
        actual += (
            f" besides {data.leaked:,} that the validation or test file holds too"
            if data.leaked
            else ""
        )
        remedy = f"Add rows: below a few hundred a model hardly beats guessing, below {MIN_ROWS} it can't be judged."
        yield Problem(
            f"at least {MIN_ROWS} rows to train on",
            actual,
            remedy,
            file=data.files["train"],
        )


def different_texts(data: DataSet) -> Iterator[Problem]:
    if data.train.distinct == 1:
        remedy = "Check the export: every row holds the same text."
        yield Problem(
            "texts that differ",
            f"one text in all {data.train.rows:,} rows",
            remedy,
            file=data.files["train"],
        )


def answers_differ(data: DataSet) -> Iterator[Problem]:
    """Reads no further than to the first row that answers otherwise. Classes and tags have rules of their own."""
    if data.train_classes or len(data.labels.get("train", {})) > 1:
        return
    answers = iter(data.splits["train"].answers(data.task))
    first = next(answers, None)
    if first is None or any(answer != first for answer in answers):
        return
    actual = f"{quoted(first, 40) if first != [] else 'none'} in all {data.train.rows:,} rows"
    remedy = "Check the export: a model with one answer learns nothing."
    yield Problem(
        "answers that differ", actual, remedy, data.files["train"], column=data.answer
    )


def texts_are_no_copies(data: DataSet) -> Iterator[Problem]:
    rows = data.splits["train"]
    if columns := rows.copied_columns():
        names = " and the ".join(name.replace("_", " ") for name in columns)
        remedy = "Check the export: one column was probably written twice."
        yield Problem(
            "texts that differ",
            f"the {names} alike in all {len(rows):,} rows",
            remedy,
            data.files["train"],
        )


def labels_repeat(data: DataSet) -> Iterator[Problem]:
    is_several = data.task.variant == "multi-label" and not data.train_classes
    names: Collection[str] = (
        data.labels.get("train", {}) if is_several else data.train_classes
    )
    more = data.classes.overflow
    are_too_many = is_several and len(names) > MAX_LABELS
    is_many = len(names) > _FEW_CLASSES and len(names) + more > data.train.rows / 2
    if is_many and not are_too_many:
        count = f"more than {len(names):,}" if more else f"{len(names):,}"
        actual = f"{count} different values in {data.train.rows:,} rows, for example {quoted(next(iter(names)), 40)}"
        remedy = "Check that the label column holds class names, not free text, ids or scores."
        yield Problem(
            "class names that repeat",
            actual,
            remedy,
            data.files["train"],
            column=data.answer,
        )


def task_agrees(data: DataSet) -> Iterator[Problem]:
    names = sorted(data.train_classes) or sorted(data.labels.get("train", {}))
    if data.train.rows and (problem := data.task.check_dataset(names)):
        yield Problem(
            problem.expected,
            problem.found,
            problem.remedy,
            data.files["train"],
            column=data.answer,
        )


def few_labels(data: DataSet) -> Iterator[Problem]:
    names = data.labels.get("train", {})
    long = next((name for name in names if len(name) > LABEL_LIMIT), None)
    if long is not None:
        actual = f"{len(long):,} characters, beginning {quoted(long, 40)}"
        row = names[long].first
        remedy = "Give the label a short name."
        yield Problem(
            f"labels of at most {LABEL_LIMIT} characters",
            actual,
            remedy,
            data.files["train"],
            row,
            data.answer,
        )
    if len(names) > MAX_LABELS:
        remedy = "Check that the column holds names of labels, not free text or ids."
        actual = f"{len(names):,}"
        yield Problem(
            f"at most {MAX_LABELS:,} different labels",
            actual,
            remedy,
            data.files["train"],
            column=data.answer,
        )


def short_labels(data: DataSet) -> Iterator[Problem]:
    for name, class_id in data.train_classes.items():
        if len(name) > LABEL_LIMIT:
            actual = f"{len(name):,} characters, beginning {quoted(name, 40)}"
            yield _class_problem(
                data,
                class_id,
                f"labels of at most {LABEL_LIMIT} characters",
                actual,
                "Give the class a short name.",
            )


def classes_have_rows(data: DataSet) -> Iterator[Problem]:
    for name, class_id in data.train_classes.items():
        if data.train.class_contents[class_id] < MIN_CONTENTS:
            actual = f"only one for {quoted(name, 40)}"
            remedy = (
                "Add rows of this label, correct it if it is a slip, or delete its row."
            )
            yield _class_problem(
                data,
                class_id,
                f"at least {MIN_CONTENTS} different texts for each label",
                actual,
                remedy,
            )


def _class_problem(
    data: DataSet, class_id: int, expected: str, actual: str, remedy: str
) -> Problem:
    row = data.row_of("train", class_id)
    return Problem(expected, actual, remedy, data.files["train"], row, data.answer)


def known_labels(data: DataSet) -> Iterator[Problem]:
    train_classes = data.train_classes
    for split in ("validation", "test"):
        rows = data.splits.get(split)
        seen = rows.class_rows() if rows else {}
        for name, class_id in data.classes.ids.items():
            if name is not None and class_id in seen and name not in train_classes:
                yield _untrained(data, split, name, data.row_of(split, class_id))
        for name, label in data.labels.get(split, {}).items():
            if name not in data.labels["train"]:
                yield _untrained(data, split, name, label.first)


def _untrained(data: DataSet, split: str, label: str, row: int) -> Problem:
    """The problem of a label that only a stricter split has, first in `row`."""
    return Problem(
        "a label that the train file has",
        quoted(label, 40),
        "Correct the label, or add rows of it to the train file.",
        data.files[split],
        row,
        data.answer,
    )


def held_out_rows(data: DataSet) -> Iterator[Problem]:
    if "test" in data.splits and not len(data.splits["test"]):
        remedy = (
            "Add rows, or remove the file: rows are then held out of the train file."
        )
        yield Problem("rows to test on", "none", remedy, file=data.files["test"])
    if "test" not in data.splits and not data.train.class_groups:
        actual = "every text with more than one label"
        remedy = "Give each text one label."
        yield Problem(
            "texts with one label each",
            actual,
            remedy,
            data.files["train"],
            column=data.answer,
        )


RULES: tuple[Callable[[DataSet], Iterator[Problem]], ...] = (
    enough_rows,
    different_texts,
    texts_are_no_copies,
    labels_repeat,
    task_agrees,
    answers_differ,
    short_labels,
    few_labels,
    classes_have_rows,
    known_labels,
    held_out_rows,
)
