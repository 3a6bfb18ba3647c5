"""Multiple choice: questions with options, one of which is named as right. No task here learns them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from contracts.problems import Problem
from functions.common.text import listed, quoted
from tasks import Row, cells
from tasks.base import plain

_FEWEST_OPTIONS = 3
_OPTION = re.compile(
    r"(?:(?:option|choice|opt|op|ending|answer|distractor|alternative|sol|ans|candidate)s?_?)?([a-h]|\d)"
)
_LISTS = frozenset({"choices", "options", "endings", "candidates", "alternatives"})
_ANSWERS = frozenset(
    {
        "answer",
        "answers",
        "label",
        "labels",
        "correct",
        "correct_answer",
        "answer_key",
        "answerkey",
        "gold",
        "target",
    }
    | {
        "correct_option",
        "cop",
        "ans",
        "key",
        "solution",
        "right",
        "right_answer",
        "answer_idx",
        "answer_index",
    }
)
_REMEDY = (
    "There is no task of multiple choice: write the question with its options into a column 'prompt' and the right "
    "answer into a column 'completion'."
)


def multiple_choice(columns: Sequence[str], sample: Sequence[Row]) -> Problem | None:
    """The problem of such a table; None for any other."""
    options = _options(columns, sample)
    for name in columns:
        if name in options or plain(name) not in _ANSWERS or not sample:
            continue
        if _differ(options, sample) and all(
            _names_option(row, name, options) for row in sample
        ):
            actual = f"options in {listed(options)} and the right one in {quoted(name)}"
            return Problem(
                "a text with its label, or a question with its answer", actual, _REMEDY
            )
    return None


def _options(columns: Sequence[str], sample: Sequence[Row]) -> list[str]:
    """The columns of the options: one for each, or one of lists."""
    for name in columns:
        if (
            plain(name) in _LISTS
            and sample
            and all(_listed(row.get(name)) for row in sample)
        ):
            return [name]
    series = [name for name in columns if _OPTION.fullmatch(plain(name))]
    return series if len(series) >= _FEWEST_OPTIONS else []


def _differ(options: Sequence[str], sample: Sequence[Row]) -> bool:
    """Whether there are options, other ones in other rows, and not ones and zeros."""
    rows: set[str] = set()
    texts: set[str] = set()
    for row in sample:
        values = [row.get(name) for name in options]
        rows.add(str(values))
        texts.update(map(cells.text, values))
    return bool(options) and len(rows) > 1 and not texts <= {"0", "1", ""}


def _listed(cell: object) -> list[str]:
    """The options of a cell: a list, or the object of texts and labels that some data sets of the Hub have."""
    value = cells.decoded(cell)
    if isinstance(value, dict):
        value = value.get("text")
    return [cells.text(item) for item in value] if isinstance(value, list) else []


def _names_option(row: Row, answer: str, options: Sequence[str]) -> bool:
    """Whether the answer is an option's letter, its number from 0 or 1, its column's name, or its text."""
    value = cells.text(row.get(answer))
    if not value:
        return True
    if len(options) == 1:
        texts = _listed(row.get(options[0]))
        count = len(texts)
    else:
        texts = [cells.text(row.get(name)) for name in options]
        count = len(options)
    letters = {chr(ord("a") + index) for index in range(count)}
    numbers = {str(index) for index in range(count + 1)}
    names = {plain(name) for name in options}
    return value in texts or plain(value) in letters | numbers | names
