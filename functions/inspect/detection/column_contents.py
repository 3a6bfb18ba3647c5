"""What the columns of a table hold, by their first rows: texts, names of a few kinds, numbers, ids and the like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from tasks import Row, cells
from tasks.base import plain

FEW = 20
_SHARE_OF_FEW = 10
_MOST = 0.9
_TEXT_WORDS = 3
_TEXT_CHARACTERS = 8
_NAME_CHARACTERS = 60
_WITHOUT_SPACES = re.compile("[\u2e80-\U0010ffff]")
"""A character of the scripts that are written without spaces."""
_URL = re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)
_DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([T ].*)?"
    r"|\w{3} \w{3} \d{1,2} \d\d:\d\d.*|\d{1,2}:\d\d(:\d\d)?"
)
_ID_WORDS = frozenset(
    [
        "id",
        "ids",
        "idx",
        "index",
        "uuid",
        "guid",
        "key",
        "qid",
        "qid1",
        "qid2",
        "rowid",
        "pairid",
        "url",
        "unnamed",
    ]
)
BINARY = frozenset(["0", "1"])
_BOOLEANS = {"true": "1", "false": "0"}


class Kind(StrEnum):
    """What a column holds."""

    EMPTY = "empty"
    CONSTANT = "constant"
    IDS = "ids"
    URLS = "urls"
    DATES = "dates"
    LISTS = "lists"
    NUMBERS = "numbers"
    NAMES = "names"
    """Few short values that repeat, numbers too."""
    TEXTS = "texts"
    OTHER = "other"


@dataclass(frozen=True)
class ColumnContent:
    """One column of the sample. `characters` is the median length of its cells."""

    name: str
    kind: Kind
    values: frozenset[str]
    characters: float = 0
    is_numeric: bool = False
    is_text: bool = False
    """Whether most cells hold several words, though they may repeat as names do."""

    @property
    def is_binary(self) -> bool:
        """Whether every cell is 0 or 1, or a truth value."""
        return (
            bool(self.values)
            and {binary_digit(value) for value in self.values} <= BINARY
        )


def binary_digit(value: object) -> str:
    """`0` or `1` of a cell that holds one, also as 1.0 or true; any other cell as text."""
    text = cells.text(value).lower()
    number = cells.number(text)
    if number in (0, 1):
        return str(int(number))
    return _BOOLEANS.get(text, text)


def contents_of(
    columns: Sequence[str], sample: Sequence[Row]
) -> dict[str, ColumnContent]:
    """By column."""
    contents = {}
    for name in columns:
        cells_of_column = [row.get(name) for row in sample]
        contents[name] = _content(name, cells_of_column)
    return contents


def _content(name: str, values: Sequence[object]) -> ColumnContent:
    decoded = [cells.decoded(value) for value in values]
    if any(isinstance(value, list | dict) for value in decoded):
        return ColumnContent(name, Kind.LISTS, frozenset())
    texts = [text for value in values if (text := cells.text(value))]
    distinct = frozenset(texts)
    if not texts:
        return ColumnContent(name, Kind.EMPTY, distinct)
    numeric = all(cells.number(text) is not None for text in texts)
    return ColumnContent(
        name,
        _kind(name, texts, numeric),
        distinct,
        median(len(text) for text in texts),
        numeric,
        _are_texts(texts),
    )


def _kind(name: str, texts: Sequence[str], numeric: bool) -> Kind:
    """The first kind whose condition holds."""
    counts = Counter(texts)
    conditions = {
        Kind.CONSTANT: len(counts) == 1,
        Kind.IDS: _is_id(name),
        Kind.URLS: _mostly(_URL, texts),
        Kind.DATES: _mostly(_DATE, texts),
        Kind.NAMES: _are_names(counts),
        Kind.NUMBERS: numeric,
        Kind.TEXTS: _are_texts(texts),
    }
    return next((kind for kind, holds in conditions.items() if holds), Kind.OTHER)


def _is_id(name: str) -> bool:
    words = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    return plain(name) in _ID_WORDS or words[-1] in _ID_WORDS or words[0] == "unnamed"


def _mostly(pattern: re.Pattern[str], texts: Sequence[str]) -> bool:
    return sum(bool(pattern.fullmatch(text)) for text in texts) >= _MOST * len(texts)


def _are_names(counts: Counter[str]) -> bool:
    """Whether there are few different cells, short ones, nearly all of which repeat."""
    total = counts.total()
    repeated = sum(rows for rows in counts.values() if rows > 1)
    short = all(len(value) <= _NAME_CHARACTERS for value in counts)
    few = len(counts) <= max(FEW, total / _SHARE_OF_FEW)
    return short and few and repeated >= _MOST * total


def _are_texts(texts: Sequence[str]) -> bool:
    """Whether most cells hold several words, or as much in a script without spaces."""
    rich = sum(
        len(text.split()) >= _TEXT_WORDS
        or (len(text) >= _TEXT_CHARACTERS and bool(_WITHOUT_SPACES.search(text)))
        for text in texts
    )
    return rich > len(texts) / 2


def of_kind(contents: dict[str, ColumnContent], kind: Kind) -> list[ColumnContent]:
    return [content for content in contents.values() if content.kind is kind]
