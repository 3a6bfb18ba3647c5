"""CoNLL: one token a line, its tag in the last column, a blank line after each sentence.

Columns are separated by tabs or by spaces. A row is a sentence, and its number is the line of its first token.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from contracts.problems import Problem
from functions.common.text import quoted
from functions.inspect.formats.base import (
    MAX_RECORD,
    Format,
    Numbered,
    Table,
    UnreadableError,
    read_ahead,
)
from functions.inspect.formats.sniffing import head_lines
from functions.inspect.formats.text import Text

_TAG = re.compile(r"O|[BIESLUM][-_].+")
_CLASS = re.compile(
    r"[A-Z$#.,:;'`\"()!?-][A-Z0-9$#.,:;'`\"()!?_|+-]*|[a-z]+[-_/.][a-zA-Z_/.-]+|O"
)
"""A part of speech such as `NNP` and `PRP$`, or a class such as `art-music`."""
_DOCUMENT = ("-DOCSTART-", "#begin document", "#end document")
_HEADER_TOKENS = frozenset({"token", "tokens", "word", "words", "form", "text"})
_TREEBANK_COLUMNS = 10
_MAX_TAGS = 60
_TOKENS_A_TAG = 3
_MIN_LINES = 3
_MAX_WIDTH = 3
"""Columns of a file whose tags have no prefix; with more, a sentence a line may look alike."""
_TREEBANK = Problem(
    "a column of tags at the end of each line",
    "a CoNLL-U treebank of 10 columns",
    "Write token and tag as two columns with a tab between, and a blank line after each sentence.",
)

Block = tuple[int, list[list[str]]]
"""The number of a sentence's first line, and the cells of its lines."""


@dataclass(frozen=True)
class Columns:
    """Where token and tag stand, of `width` columns."""

    separator: str | None
    width: int
    token: int
    tag: int
    has_header: bool

    def cells(self, line: str) -> list[str]:
        return line.rstrip("\r\n ").split(self.separator)


def recognises(lines: Sequence[str]) -> bool:
    """Whether blank lines part the lines into sentences of tokens with tags."""
    return columns_of(lines) is not None or _is_treebank(lines)


def columns_of(lines: Sequence[str]) -> Columns | None:
    """The columns of the first lines, or None where they are no sentences of tokens."""
    written = [line.rstrip("\r\n ") for line in lines if not _is_between(line)]
    if len(written) < _MIN_LINES or not _has_blank_lines(lines):
        return None
    separator = "\t" if all("\t" in line for line in written) else None
    records = [line.split(separator) for line in written]
    width = len(records[0])
    if width < 2 or any(len(record) != width for record in records):
        return None
    has_header = records[0][0].lower() in _HEADER_TOKENS
    return _with_tags(records[has_header:], separator, width, has_header)


def _with_tags(
    records: Sequence[Sequence[str]],
    separator: str | None,
    width: int,
    has_header: bool,
) -> Columns | None:
    token = 1 if width > 2 and _is_counted(records) else 0
    tokens = [record[token] for record in records]
    tag = width - 1
    if _repeats_kinds(records, tag, token):
        tag -= 1
    tags = [record[tag] for record in records]
    if not (_are_entities(tags) or (width <= _MAX_WIDTH and _are_classes(tags))):
        return None
    if any(len(cell.split()) > 1 for cell in tokens):
        return None
    return Columns(separator, width, token, tag, has_header)


def _are_entities(tags: Sequence[str]) -> bool:
    return all(_TAG.fullmatch(tag) for tag in set(tags))


def _are_classes(tags: Sequence[str]) -> bool:
    """Whether tags without the prefixes of entities are few, and written as tags are: parts of speech, say."""
    distinct = set(tags)
    is_small = len(distinct) <= min(_MAX_TAGS, len(tags) / _TOKENS_A_TAG)
    return is_small and all(_CLASS.fullmatch(tag) for tag in distinct)


def _repeats_kinds(records: Sequence[Sequence[str]], tag: int, token: int) -> bool:
    """Whether the last two columns are outer and inner entities, of the same kinds."""
    if tag - 1 <= token:
        return False
    inner = {record[tag] for record in records}
    outer = {record[tag - 1] for record in records}
    kinds = {name[2:] for name in inner} - {""}
    both_tags = all(_TAG.fullmatch(name) for name in inner | outer)
    return both_tags and kinds <= {name[2:] for name in outer} and len(outer) > 1


def _is_counted(records: Sequence[Sequence[str]]) -> bool:
    """Whether the first column numbers the tokens of each sentence."""
    numbers = [record[0] for record in records]
    return all(number.isdigit() for number in numbers) and numbers[0] in ("0", "1")


def _has_blank_lines(lines: Sequence[str]) -> bool:
    return any(not line.strip() for line in lines)


def _is_between(line: str) -> bool:
    """Whether a line belongs to no sentence: blank, a comment, or the mark of a document."""
    is_comment = line.startswith(("# ", "#\t")) and len(line.split()) > 2
    return not line.strip() or line.startswith(_DOCUMENT) or is_comment


def _is_treebank(lines: Sequence[str]) -> bool:
    written = [
        line.rstrip("\r\n").split("\t") for line in lines if not _is_between(line)
    ]
    return bool(written) and all(
        len(record) == _TREEBANK_COLUMNS and record[0][:1].isdigit()
        for record in written
    )


def open_conll(stream: BinaryIO) -> Table:
    lines = head_lines(stream)
    columns = columns_of(lines)
    if columns is None and _is_treebank(lines):
        raise UnreadableError(_TREEBANK)
    if columns is None:
        raise _no_sentences(lines)
    text = Text(stream)
    numbered = _rows_of(text.lines(), columns)
    sample, rows = read_ahead(numbered)

    notes = [_note(columns)]
    return Table(("tokens", "tags"), sample, rows, text.warnings, text.encoding, notes)


def _note(columns: Columns) -> str:
    places = f"column {columns.token + 1} the tokens, column {columns.tag + 1} the tags"
    return f"blank lines part the sentences; of {columns.width} columns {places}"


def _rows_of(lines: Iterable[str], columns: Columns) -> Iterator[Numbered]:
    block: list[list[str]] = []
    first, size = 1, 0
    header = columns.has_header
    for number, line in enumerate(lines, start=1):
        if _is_between(line):
            yield from _row(first, block, columns)
            block, size = [], 0
        elif header:
            header = False
        else:
            first = first if block else number
            size += len(line)
            block.append(columns.cells(line))
            _require_short(size, first)
    yield from _row(first, block, columns)


def _row(number: int, block: list[list[str]], columns: Columns) -> Iterator[Numbered]:
    if not block:
        return
    for record in block:
        if len(record) != columns.width:
            expected = f"{columns.width} columns, as in the first lines"
            actual = f"{len(record)} in {quoted(' '.join(record), 40)}"
            remedy = "Correct the line; a sentence ends with a blank line."
            yield number, Problem(expected, actual, remedy)
            return
    tokens = [record[columns.token] for record in block]
    yield number, {"tokens": tokens, "tags": [record[columns.tag] for record in block]}


def _require_short(size: int, first: int) -> None:
    if size > MAX_RECORD:
        actual = f"a longer one from line {first:,} on"
        remedy = "Put a blank line after each sentence."
        raise UnreadableError(
            Problem(f"sentences of at most {MAX_RECORD:,} characters", actual, remedy)
        )


def _no_sentences(lines: Sequence[str]) -> UnreadableError:
    expected = "one token and its tag a line, with a blank line after each sentence"
    if lines and not _has_blank_lines(lines):
        actual = "no blank line among the first ones"
    else:
        actual = f"lines such as {quoted(next(filter(str.strip, lines), ''), 40)}"
    remedy = "Write the tag in the last column, and the same number of columns in every line."
    return UnreadableError(Problem(expected, actual, remedy))


FORMAT = Format(
    "CoNLL",
    ("conll", "bio", "iob", "iob2", "bioes", "ner"),
    open_conll,
    is_suggested=False,
    recognises=recognises,
)
