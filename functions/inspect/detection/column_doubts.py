"""Columns that were found by name although another one may be meant as well: their owner is asked, or warned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from contracts.problems import Choice, Problem
from functions.common.text import listed, quoted
from functions.inspect.common.yaml_text import COPY, settings_text
from functions.inspect.detection.answer_columns import DESCRIPTIVE
from functions.inspect.detection.column_contents import (
    ColumnContent,
    Kind,
    contents_of,
    of_kind,
)
from tasks import Row, Task, cells, find_task, names_of
from tasks.base import plain
from tasks.text_classification import LABEL

_ANSWERS = ("label", "labels", "score")
_OWN_NAMES = frozenset({"label", "labels"})
_AMBIGUOUS_LABELS = frozenset(
    {"target", "category", "topic", "output", "tags", "topics"}
)
"""Names of labels that also say what a text is about."""
_LABEL_NAMES = frozenset({LABEL.name, *LABEL.aliases})
_AMBIGUOUS_TEXTS = frozenset(
    {"title", "headline", "description", "claim", "input", "inputs"}
)
"""Names of texts that are often not the whole text."""
_LONGER, _MUCH_LONGER = 2, 5
"""How many times longer another column's texts are where that one may be meant: beside an ambiguous name, and beside
any other but the task's own."""
_MOST_CHOICES = 6
_TWO = 2


def doubt(
    task: Task,
    mapping: Mapping[str, str],
    columns: Sequence[str],
    sample: Sequence[Row],
    chosen: Mapping[str, str],
) -> Problem | None:
    """A question where a text classification's label or text may be another column; `chosen` are the settings'."""
    contents = contents_of(columns, sample)
    unread = {name: c for name, c in contents.items() if name not in mapping.values()}
    if task.family == "seq2seq" and not chosen:
        return _labels_beside(task, mapping, unread)
    if task.name != "text-classification" or not sample:
        return None
    answer = next(name for name in _ANSWERS if name in mapping)
    if answer not in chosen:
        others = _other_labels(contents[mapping[answer]], unread, sample)
        if others:
            return _question(task, mapping, answer, others)
    if "text" not in chosen and (
        others := _other_texts(contents[mapping["text"]], unread)
    ):
        return _question(task, mapping, "text", others)
    return None


def _other_labels(
    label: ColumnContent, unread: Mapping[str, ColumnContent], sample: Sequence[Row]
) -> list[str]:
    """Columns of few values that may be the labels as well as this one, whose name leaves it open."""
    name = plain(label.name)
    if name in _OWN_NAMES:
        return []
    is_open = name in _AMBIGUOUS_LABELS and not label.is_numeric
    return [
        other.name
        for other in unread.values()
        if other.kind is Kind.NAMES
        and (plain(other.name) in _LABEL_NAMES or (is_open and _may_answer(other)))
        and not _say_the_same(label.name, other.name, sample)
    ]


def _labels_beside(
    task: Task, mapping: Mapping[str, str], unread: Mapping[str, ColumnContent]
) -> Problem | None:
    """Two texts with labels may be a pair to classify, not one to write of the other."""
    labels = [
        content.name
        for content in unread.values()
        if content.kind is Kind.NAMES and plain(content.name) in _OWN_NAMES
    ]
    if not labels:
        return None
    pair = dict(zip(("text", "text_pair"), mapping.values(), strict=False))
    label = {**pair, "label": labels[0]}
    return Problem(
        "to know what is learnt",
        f"labels in {quoted(labels[0])} beside {listed(mapping.values())}",
        COPY,
        choices=(
            _choice(
                find_task("text-classification"), label, f"learns {quoted(labels[0])}"
            ),
            _choice(
                task, mapping, f"learns to write {quoted([*mapping.values()][-1])}"
            ),
        ),
    )


def _may_answer(content: ColumnContent) -> bool:
    is_amount = content.is_numeric and not content.is_binary
    return not is_amount and plain(content.name) not in DESCRIPTIVE


def _say_the_same(one: str, other: str, sample: Sequence[Row]) -> bool:
    """Whether two columns are the number and the name of one label."""
    pairs = {(cells.text(row.get(one)), cells.text(row.get(other))) for row in sample}
    return (
        len(pairs)
        == len({left for left, _ in pairs})
        == len({right for _, right in pairs})
    )


def _other_texts(text: ColumnContent, unread: Mapping[str, ColumnContent]) -> list[str]:
    """Columns of texts that may be meant rather than this one, which holds none or far shorter ones."""
    texts = [content for content in unread.values() if content.kind is Kind.TEXTS]
    if text.kind in (Kind.IDS, Kind.NUMBERS, Kind.URLS, Kind.DATES, Kind.EMPTY):
        return [content.name for content in texts]
    if plain(text.name) == "text":
        return []
    times = _LONGER if plain(text.name) in _AMBIGUOUS_TEXTS else _MUCH_LONGER
    return [
        content.name
        for content in texts
        if content.characters >= times * text.characters
    ]


def _question(
    task: Task, mapping: Mapping[str, str], role: str, others: Sequence[str]
) -> Problem:
    headers = [mapping[role], *others]
    noun = "the texts" if role == "text" else "the answers"
    choices = [
        _choice(task, {**mapping, role: header}, f"learns {noun} in {quoted(header)}")
        for header in headers[:_MOST_CHOICES]
    ]
    if role == "text" and "text_pair" not in mapping:
        both = {"text": mapping["text"], "text_pair": others[0]}
        meaning = (
            f"learns both, {quoted(mapping['text'])} and {quoted(others[0])}, as a pair"
        )
        choices.append(_choice(task, {**mapping, **both}, meaning))
    return Problem(
        f"to know which column holds {noun}",
        f"{listed(headers)}, any of which may be meant",
        COPY,
        choices=tuple(choices),
    )


def unnamed_texts(columns: Sequence[str], sample: Sequence[Row]) -> Problem | None:
    """A question about two columns of texts and nothing else, under names that no task has."""
    contents = contents_of(columns, sample)
    texts = [content.name for content in of_kind(contents, Kind.TEXTS)]
    if len(texts) != _TWO or of_kind(contents, Kind.NAMES):
        return None
    one, other = texts
    writing, pairs = (
        find_task("text2text-generation"),
        find_task("feature-extraction/pairs"),
    )
    names = [column.name for column in writing.columns]
    choices = [
        _choice(
            writing,
            dict(zip(names, pair, strict=True)),
            f"learns to write {quoted(pair[1])}",
        )
        for pair in ((one, other), (other, one))
    ]
    alike = _choice(
        pairs, {"text": one, "text_pair": other}, "learns that both mean the same"
    )
    return Problem(
        "to know what is learnt of two columns of texts",
        f"{listed(texts)}, under names that no task has",
        COPY,
        choices=(*choices, alike),
    )


def _choice(task: Task, columns: Mapping[str, str], meaning: str) -> Choice:
    return Choice(meaning, settings_text(names_of(task)[0], columns=columns))


def warnings_on_texts(
    mapping: Mapping[str, str], columns: Sequence[str], sample: Sequence[Row]
) -> Iterator[str]:
    """Of a column that is read as text but holds numbers or links."""
    contents = contents_of(columns, sample)
    for name, header in mapping.items():
        if name not in ("text", "text_pair"):
            continue
        content = contents[header]
        example = quoted(next(iter(sorted(content.values)), ""), 40)
        if content.is_numeric and content.kind is not Kind.CONSTANT:
            yield (
                f"The texts in {quoted(header)} are numbers, such as {example}: a language model learns little from "
                "them. If another column holds the texts, name it under `columns:` in traindrop.yaml."
            )
        elif content.kind is Kind.URLS:
            yield (
                f"The texts in {quoted(header)} are links, such as {example}: a model reads their letters, not the "
                "pages behind them."
            )
