"""Which task a table is for, by its columns and what they hold, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from contracts.problems import Problem
from functions.common.text import quoted
from functions.inspect.detection.answer_columns import unnamed_answers
from functions.inspect.detection.column_doubts import (
    doubt,
    unnamed_texts,
    warnings_on_texts,
)
from functions.inspect.detection.column_names import detect_by_name, reasons_for
from functions.inspect.detection.detection import Detection
from functions.inspect.detection.misspelt_columns import has_slips
from functions.inspect.detection.multiple_choice import multiple_choice
from functions.inspect.detection.translation_direction import (
    ANY,
    Direction,
    Languages,
    direction_of,
    translated_pair,
)
from functions.inspect.detection.word_rows import word_rows
from tasks import Mapping, Row, Task, find_task, names_of
from tasks.base import plain

__all__ = ["Detection", "detect"]


def detect(
    columns: Sequence[str],
    sample: Sequence[Row],
    tasks: Sequence[Task] | None = None,
    chosen: Mapping | None = None,
    *,
    languages: Languages = ANY,
    keeps_order: bool = True,
) -> Detection | Problem:
    """By the columns' names, and by what they hold where the names leave a column of answers unread.

    `tasks` are the forms to choose from, every one where nobody has chosen; `chosen` maps canonical to user's names.
    `languages` and `keeps_order` are those of `direction_of`.
    """
    if not (tasks or chosen) and (choice := multiple_choice(columns, sample)):
        return choice
    words = _detect_words(columns, sample, tasks, chosen)
    detection = words or _detect_columns(columns, sample, tasks, chosen)
    if isinstance(detection, Problem):
        return detection
    if question := doubt(
        detection.task, detection.mapping, columns, sample, chosen or {}
    ):
        return question
    if detection.task.name != "translation":
        warnings = tuple(warnings_on_texts(detection.mapping, columns, sample))
        return replace(detection, warnings=warnings)
    is_chosen = {"source", "target"} <= {*(chosen or {})}
    direction = direction_of(
        detection.mapping,
        columns,
        sample,
        languages,
        is_chosen=is_chosen,
        keeps_order=keeps_order,
    )
    if isinstance(direction, Problem):
        return direction
    return _directed(detection, columns, direction)


def _directed(
    detection: Detection, columns: Sequence[str], direction: Direction
) -> Detection:
    mapping = direction.mapping
    reasons = [*detection.reasons, *filter(None, [direction.reason])]
    if mapping != detection.mapping:
        reasons = [
            *reasons_for(detection.task, mapping, columns, "", ()),
            direction.reason,
        ]
    return replace(
        detection, mapping=mapping, reasons=tuple(reasons), shape=direction.shape
    )


def _detect_words(
    columns: Sequence[str],
    sample: Sequence[Row],
    tasks: Sequence[Task] | None,
    chosen: Mapping | None,
) -> Detection | Problem | None:
    """Token classification of a table with one word a row; None where it is none."""
    tagging = find_task("token-classification")
    if tasks and tagging not in tasks:
        return None
    if not {*(chosen or {})} <= {column.name for column in tagging.columns}:
        return None
    words = word_rows(columns, sample, chosen, is_tagging=bool(tasks))
    if words is None or isinstance(words, Problem):
        return words
    keys = {*words.shape.columns.values()} - {*words.mapping.values()}
    rest = [name for name in columns if name not in keys]
    detection = detect_by_name(rest, sample, (tagging,), words.mapping)
    if isinstance(detection, Problem):
        return detection
    reasons = (*detection.reasons, words.reason)
    return replace(detection, reasons=reasons, shape=words.shape)


def _detect_columns(
    columns: Sequence[str],
    sample: Sequence[Row],
    tasks: Sequence[Task] | None,
    chosen: Mapping | None,
) -> Detection | Problem:
    by_name = detect_by_name(columns, sample, tasks, chosen)
    if tasks or chosen or _reads_answers(by_name):
        return by_name
    if pair := translated_pair(columns, sample):
        return detect_by_name(columns, sample, (find_task("translation"),), pair)
    task, mapping = (
        (by_name.task, by_name.mapping)
        if isinstance(by_name, Detection)
        else (None, {})
    )
    answers = unnamed_answers(columns, sample, task, mapping)
    if (
        answers is None
        and isinstance(by_name, Problem)
        and not has_slips(columns, sample)
    ):
        return unnamed_texts(columns, sample) or by_name
    if not isinstance(answers, dict):
        return answers or by_name
    by_content = detect_by_name(
        columns, sample, (find_task("text-classification"),), answers
    )
    if isinstance(by_content, Problem):
        return by_content
    return replace(
        by_content, reasons=(*by_content.reasons, _why_labels(answers, task))
    )


def _why_labels(answers: Mapping, task: Task | None) -> str:
    """`task` is what the columns' names alone would make of the table."""
    label = quoted(answers["label"])
    if plain(answers["label"]) == "label" and task and task.targets:
        return f"{label} was taken for the labels: `task: {names_of(task)[0]}` in traindrop.yaml leaves them out."
    return (
        f"{label} was taken for the labels, as it alone holds few values that repeat."
    )


def _reads_answers(answer: Detection | Problem) -> bool:
    """Whether a form was found that has answers, or reads chats. Completions may leave the judgement of them unread."""
    if isinstance(answer, Problem):
        return answer.row is not None
    is_completion = answer.task.variant == "completion"
    return (
        bool(answer.task.targets) and not is_completion
    ) or answer.task.variant == "chat"
