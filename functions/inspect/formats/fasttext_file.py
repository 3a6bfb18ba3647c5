"""fastText's training files: one text a line, with its labels, each after `__label__`, before or behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from contracts.problems import Problem
from functions.common.text import quoted
from functions.inspect.formats.base import Format, Numbered, Table, read_ahead
from functions.inspect.formats.sniffing import head_lines
from functions.inspect.formats.text import Text
from tasks import Row

_PREFIX = "__label__"
_SHARE = 0.9
_NOTE = "the words after __label__ are read as labels"


def recognises(lines: Sequence[str]) -> bool:
    """Whether nearly all lines begin or end with a label."""
    written = [line.split() for line in lines if line.strip()]
    marked = [
        words for words in written if _is_marked(words[0]) or _is_marked(words[-1])
    ]
    return bool(written) and len(marked) >= _SHARE * len(written)


def open_fasttext(stream: BinaryIO) -> Table:
    column = "labels" if _has_several(head_lines(stream)) else "label"
    text = Text(stream)
    numbered = _rows_of(text, column)
    sample, rows = read_ahead(numbered)

    return Table(("text", column), sample, rows, text.warnings, text.encoding, [_NOTE])


def _has_several(lines: Sequence[str]) -> bool:
    return any(len(_labels_and_words(line)[0]) > 1 for line in lines)


def _rows_of(text: Text, column: str) -> Iterator[Numbered]:
    for number, line in enumerate(text.lines(), start=1):
        if not line.isspace():
            yield number, _row(line, column)


def _row(line: str, column: str) -> Row | Problem:
    labels, words = _labels_and_words(line)
    if not labels:
        actual = quoted(line.strip(), 40)
        return Problem(
            "a label after __label__", actual, "Add the label, or delete the line."
        )
    if column == "labels":
        return {"text": words, column: labels}
    if len(labels) > 1:
        actual = f"{len(labels)}, after many lines with one"
        remedy = (
            "Write a line with several labels among the first 100, or leave one label."
        )
        return Problem("one label a line", actual, remedy)
    return {"text": words, column: labels[0]}


def _labels_and_words(line: str) -> tuple[list[str], str]:
    """The labels at both ends of a line, in their order, and the text between."""
    rest = line.strip()
    labels: list[str] = []
    while rest.startswith(_PREFIX):
        label, _, rest = _split_first(rest)
        labels.append(label)
    ending: list[str] = []
    while (last := rest.rpartition(" ")[2].rpartition("\t")[2]).startswith(_PREFIX):
        ending.append(last.removeprefix(_PREFIX).strip(","))
        rest = rest[: len(rest) - len(last)].rstrip(" \t,")
    return [*labels, *reversed(ending)], rest.strip()


def _split_first(rest: str) -> tuple[str, str, str]:
    parts = rest.split(maxsplit=1)
    label = parts[0].removeprefix(_PREFIX).strip(",")
    behind = parts[1] if len(parts) > 1 else ""
    return (
        label,
        " ",
        behind.removeprefix(",").lstrip() if behind.startswith(", ") else behind,
    )


def _is_marked(word: str) -> bool:
    return word.startswith(_PREFIX) and len(word) > len(_PREFIX)


FORMAT = Format(
    "fastText", (), open_fasttext, is_suggested=False, recognises=recognises
)
