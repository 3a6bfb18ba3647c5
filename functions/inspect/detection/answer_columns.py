"""Columns that look like answers but bear no name of a task: they are read, or their owner is asked about them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from contracts.problems import Choice, Problem
from functions.common.text import listed, quoted
from functions.inspect.common.yaml_text import COPY, settings_text
from functions.inspect.detection.column_contents import (
    ColumnContent,
    Kind,
    contents_of,
    of_kind,
)
from tasks import Row, Task, names_of
from tasks.base import plain
from tasks.written_numbers import MISSING, form_of

_MOST_CHOICES = 6
_TWO = 2
_TEXT_NAMES = frozenset(
    {
        "question",
        "answer",
        "query",
        "passage",
        "context",
        "document",
        "paragraph",
        "sentence",
        "text",
    }
    | {"reply", "claim", "evidence", "statement", "article", "source"}
)
"""What columns of texts are called, whatever the task."""
DESCRIPTIVE = frozenset(
    {
        "source",
        "lang",
        "language",
        "license",
        "author",
        "user",
        "username",
        "name",
        "keyword",
    }
    | {
        "subset",
        "dataset",
        "domain",
        "split",
        "meta",
        "location",
        "country",
        "state",
        "city",
    }
    | {
        "region",
        "publisher",
        "brand",
        "keywords",
        "verified",
        "verified_purchase",
        "platform",
    }
    | {"gender", "age", "device", "annotator", "worker", "author_id", "channel", "flag"}
    | {"authors", "reporter", "customer", "company", "product", "store", "shop"}
)
"""Names of columns that more often say where a text comes from than what is to be learnt."""

_MEASURES = frozenset(
    {
        "length",
        "len",
        "token",
        "word",
        "char",
        "character",
        "count",
        "num",
        "n",
        "nb",
        "size",
    }
    | {
        "like",
        "upvote",
        "retweet",
        "favorite",
        "share",
        "view",
        "comment",
        "reply",
        "replies",
    }
    | {
        "time",
        "timestamp",
        "date",
        "year",
        "month",
        "day",
        "page",
        "line",
        "offset",
        "start",
        "end",
    }
    | {"version", "number", "index", "chapter", "perplexity", "follower"}
)
"""Words of columns whose numbers say how long, how old or how popular a text is."""


def unnamed_answers(
    columns: Sequence[str],
    sample: Sequence[Row],
    task: Task | None,
    mapping: Mapping[str, str],
) -> dict[str, str] | Problem | None:
    """The columns of a text classification, where content leaves no doubt; else a question, or None where no column
    looks like unread answers. `task` and `mapping` are what the columns' names alone would make of the table."""
    contents = contents_of(columns, sample)
    if pair := _labelled_texts(contents, mapping):
        return pair
    texts = _texts(contents, mapping)
    answers = [c for c in of_kind(contents, Kind.NAMES) if c.name not in texts.values()]
    if task and task.targets:
        answers = [c for c in answers if c.name not in mapping.values()]
    if "text" not in texts:
        return None
    if not answers:
        return (
            _question_of_amounts(contents, texts, task)
            if task and not task.targets
            else None
        )
    if _is_clear(answers, contents, texts, task):
        return texts | {"label": answers[0].name}
    return _question(answers, texts, task)


def _question_of_amounts(
    contents: Mapping[str, ColumnContent], texts: Mapping[str, str], task: Task
) -> Problem | None:
    """About the only column of numbers beside the only text; None where there is more, or it measures the text."""
    explained = (Kind.IDS, Kind.URLS, Kind.DATES, Kind.CONSTANT, Kind.EMPTY)
    others = [
        c
        for c in contents.values()
        if c.kind not in explained and c.name not in texts.values()
    ]
    if len(texts) != 1 or len(others) != 1 or not _is_amount(others[0]):
        return None
    [amount] = others
    columns = {"text": texts["text"], "score": amount.name}
    settings = settings_text("text-classification/regression", columns=columns)
    learn = Choice(f"learns the numbers in {quoted(amount.name)}", settings)
    leave = Choice("learns the texts alone", settings_text(names_of(task)[0]))
    return Problem(
        "to know whether the numbers are the answers",
        f"numbers in {quoted(amount.name)}, a name that no task has for its answers",
        COPY,
        choices=(learn, leave),
    )


def _is_amount(content: ColumnContent) -> bool:
    words = re.split("[^a-z]+", content.name.lower())
    is_measure = not _MEASURES.isdisjoint(
        [*words, *(word.removesuffix("s") for word in words)]
    )
    are_numbers = all(form_of(value) not in (None, MISSING) for value in content.values)
    return (
        bool(content.values)
        and not (is_measure or _counts_rows(content.values))
        and are_numbers
    )


def _counts_rows(values: Collection[str]) -> bool:
    """Whether the cells are whole numbers without a gap."""
    numbers = sorted(int(value) for value in values if value.isdecimal())
    return len(numbers) == len(values) and numbers[-1] - numbers[0] == len(numbers) - 1


def _labelled_texts(
    contents: dict[str, ColumnContent], mapping: Mapping[str, str]
) -> dict[str, str] | None:
    """A column called label, and one text or two under names that texts have, though not this task's."""
    labels = [c.name for c in of_kind(contents, Kind.NAMES) if plain(c.name) == "label"]
    texts = [
        c.name for c in contents.values() if plain(c.name) in _TEXT_NAMES and c.is_text
    ]
    judged = {"prompt", "completion", "instruction", "response", "output"} & {
        *map(plain, contents)
    }
    if not labels or judged or not 1 <= len(texts) <= _TWO:
        return None
    names = ("text", "text_pair")
    return dict(zip(names, texts, strict=False)) | {"label": labels[0]}


def _texts(
    contents: dict[str, ColumnContent], mapping: Mapping[str, str]
) -> dict[str, str]:
    """The one text or the two that a classification would read: by their names, else by what they hold."""
    named = [
        header
        for name, header in mapping.items()
        if name in ("text", "text_pair", "prompt", "completion")
        and contents[header].kind is not Kind.NAMES
    ]
    headers = named or [content.name for content in of_kind(contents, Kind.TEXTS)]
    names = ("text", "text_pair")
    return dict(zip(names, headers, strict=False)) if len(headers) <= len(names) else {}


def _is_clear(
    answers: Sequence[ColumnContent],
    contents: dict[str, ColumnContent],
    texts: Mapping[str, str],
    task: Task | None,
) -> bool:
    """Whether there is one column of answers and no other text that they could be about."""
    only, is_completion = answers[0], bool(task and task.targets)
    others = {c.name for c in of_kind(contents, Kind.TEXTS)} - {*texts.values()}
    is_amount = only.is_numeric and not only.is_binary
    is_descriptive = plain(only.name) in DESCRIPTIVE or _is_nested(only.name)
    return len(answers) == 1 and not (
        others or is_completion or is_amount or is_descriptive
    )


def _is_nested(name: str) -> bool:
    """Whether the column lay inside an object, whose values may be about the text's origin."""
    return "." in name


def _question(
    answers: Sequence[ColumnContent], texts: Mapping[str, str], task: Task | None
) -> Problem:
    names = [content.name for content in answers]
    choices = [_learns({**texts, "label": name}) for name in names[:_MOST_CHOICES]]
    if task:
        settings = settings_text(names_of(task)[0])
        choices.append(Choice("leaves them out and learns the other columns", settings))
    return Problem(
        "to know which column holds the answers",
        f"{listed(names)} with few different values, under no name that a task has for its answers",
        COPY,
        choices=tuple(choices),
    )


def _learns(columns: Mapping[str, str]) -> Choice:
    settings = settings_text("text-classification", columns=columns)
    return Choice(f"learns the labels in {quoted(columns['label'])}", settings)
