"""What the check of one shard found, but for its rows and keys: a document of a few kilobytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from contracts.documents import Record
from contracts.problems import Choice, Problem
from functions.inspect.common.problems import DETAILED
from functions.inspect.rows.examination import Examination
from functions.inspect.rows.keys import CLASS_MASK
from functions.inspect.rows.spool import Spool
from tasks import Task
from tasks.text_classification import MULTI_LABEL
from tasks.text_classification import TASK as SINGLE_LABEL
from tasks.written_numbers import EMPTY

_ANSWERS = 50
"""Different answers that are kept: more differ surely, however they are read."""
_FEW_LABELS = 10
"""Of a task without classes; with more labels its answers differ surely."""


@dataclass(frozen=True, kw_only=True)
class Count(Record):
    """A class or a label of a shard: its rows, and place and number of the first one."""

    name: str | None
    rows: int
    place: int
    number: int
    class_id: int = 0
    """In the keys of the shard."""


@dataclass(frozen=True, kw_only=True)
class EmptyAnswers(Record):
    """Rows whose answer is an empty text: how many, and place and number of the first ones."""

    rows: int = 0
    first: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class ShardSummary(Record):
    split: str
    files: tuple[str, ...]
    rows: int = 0
    is_left_out: bool = False
    """The split has no answers."""
    problems: tuple[Mapping[str, Any], ...] = ()
    problem_count: int = 0
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    encodings: Mapping[str, str]
    file_rows: Mapping[str, int]
    classes: tuple[Count, ...] = ()
    class_names: tuple[Any, ...] = ()
    """In the order of their ids, those without rows included."""
    overflow: int = 0
    labels: tuple[Count, ...] = ()
    characters: Mapping[str, int]
    words: Mapping[str, int]
    shared_texts: int = 0
    """How many hashes of shared texts each row has."""
    answers: tuple[Any, ...] = ()
    """Of a task without classes, the first different ones."""
    copied_columns: tuple[str, ...] = ()
    empty: EmptyAnswers = EmptyAnswers()
    first_written: Mapping[str, str]
    """Form of a number -> the first number in it."""
    seconds: float = 0.0
    bytes: int = 0

    @property
    def first_problems(self) -> Iterator[Problem]:
        for fields in self.problems:
            choices = tuple(Choice(**choice) for choice in fields["choices"])
            yield Problem(**{**fields, "choices": choices})


def summary_of(
    examination: Examination, split: str, files: Iterable[str]
) -> ShardSummary:
    spool = examination.spools.get(split)
    detection = examination.detection
    assert detection is not None
    facts = _facts(examination, detection.task, split, spool) if spool else {}
    return ShardSummary(
        split=split,
        files=tuple(files),
        rows=len(spool) if spool else 0,
        is_left_out=spool is None,
        problems=tuple(map(asdict, examination.problems.first)),
        problem_count=examination.problems.count,
        warnings=tuple(examination.warnings),
        notes=tuple(examination.notes),
        encodings=examination.encodings,
        file_rows=examination.file_rows.get(split, {}),
        class_names=tuple(examination.classes.ids),
        overflow=examination.classes.overflow,
        characters=_texts(examination.lengths.characters),
        words=_texts(examination.lengths.words),
        **{"first_written": {}, **facts},
    )


def _texts(counts: Counter[int]) -> dict[str, int]:
    return {str(length): rows for length, rows in counts.items()}


def _facts(
    examination: Examination, task: Task, split: str, spool: Spool
) -> dict[str, Any]:
    """What the rules for the whole ask of the rows."""
    labels = examination.labels.get(split, {})
    classes = tuple(_classes(examination, spool))
    has_class = any(task.class_of(row) is not None for row in islice(spool.rows(), 1))
    may_agree = task.targets and not has_class and len(labels) <= _FEW_LABELS
    return {
        "classes": classes,
        "labels": tuple(
            Count(name=name, rows=label.rows, place=0, number=label.first)
            for name, label in labels.items()
        ),
        "shared_texts": len(spool.shared),
        "answers": tuple(_different_answers(spool, task)) if may_agree else (),
        "copied_columns": tuple(spool.copied_columns()),
        "empty": _empty_answers(spool, task, {*labels, *examination.classes.ids}),
        "first_written": {
            name: spool.first_written(name, label)
            for name, label in labels.items()
            if task.variant == "regression"
        },
    }


def _classes(examination: Examination, spool: Spool) -> Iterator[Count]:
    """By the first row of each."""
    names = {class_id: name for name, class_id in examination.classes.ids.items()}
    firsts: dict[int, int] = {}
    for place, key in enumerate(spool.keys):
        firsts.setdefault(key & CLASS_MASK, place)
    rows = spool.class_rows()
    for class_id, place in firsts.items():
        yield Count(
            name=names.get(class_id),
            rows=rows[class_id],
            place=place,
            number=spool.numbers[place],
            class_id=class_id,
        )


def _different_answers(spool: Spool, task: Task) -> Iterator[object]:
    answers: list[object] = []
    numbers = 0
    for answer in spool.answers(task):
        if answer not in answers:
            answers.append(answer)
            numbers += isinstance(answer, float)
            yield answer
        if len(answers) >= _ANSWERS or numbers > 1:
            return


def _empty_answers(spool: Spool, task: Task, names: set[str | None]) -> EmptyAnswers:
    is_counted = task.name == SINGLE_LABEL.name and task.variant != MULTI_LABEL.variant
    if not is_counted or not names & {"", EMPTY}:
        return EmptyAnswers()
    rows = spool.empty_answers(task.targets[0])
    first = tuple(islice(rows, DETAILED))
    return EmptyAnswers(rows=len(first) + sum(1 for _ in rows), first=first)
