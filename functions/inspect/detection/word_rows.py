"""Tables that hold one word a row, as tools for named entities write them: the words of a sentence are put together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from contracts.problems import Problem
from functions.common.text import listed, quoted
from functions.inspect.detection.detection import Convert, Shape
from functions.inspect.formats.base import SAMPLE, Numbered
from tasks import Column, Mapping, Row, cells
from tasks.base import plain
from tasks.token_classification import TAGS, TOKENS

_MOST = 0.9
_TWO = 2
_FEWEST_WORDS = 1.5
"""Words that a sentence of a usable table has on average."""
_TAG = re.compile(r"O|[BIESLUMS][-_].+")
_INSIDE = re.compile(r"[BIESLUMS][-_].+")
_WORD_NAMES = frozenset({"word", "words", "token", "tokens", "form"})
_SENTENCE = re.compile(
    r"(sentence|sent|sid|utterance|segment|example)s?_?(#|id|ids|idx|no|num|number|index|nr|key)?"
)
_DOCUMENT = re.compile(
    r"(doc|document|article|file|text)_?(#|id|idx|no|num|number|index|nr|name)?"
)
_POSITION = re.compile(
    r"((token|word|position|pos|tok)_?)?(#|id|idx|no|num|number|index|nr|position)"
)


@dataclass(frozen=True)
class WordRows:
    """Which columns hold the words and the tags, and what tells one sentence from the next."""

    mapping: Mapping
    sentence: tuple[str, ...] = ()
    position: str = ""
    """The column that counts the words of a sentence, where none numbers the sentences."""

    @property
    def reason(self) -> str:
        if self.position:
            return f"The words of a sentence were put together; one begins where {quoted(self.position)} starts anew."
        return f"The words of a sentence were put together by {listed(self.sentence)}."

    @property
    def shape(self) -> Shape:
        keys = self.sentence or (self.position,)
        columns = self.mapping | {
            f"_{index}": header for index, header in enumerate(keys)
        }
        names = tuple(f"_{index}" for index in range(len(keys)))
        return Shape(
            columns, _grouping(_by_count if self.position else _by_name, names)
        )


def word_rows(
    columns: Sequence[str],
    sample: Sequence[Row],
    chosen: Mapping | None = None,
    *,
    is_tagging: bool = False,
) -> WordRows | Problem | None:
    """None where the rows hold no single words with tags; a problem where nothing says where a sentence ends.

    `chosen` are columns that the settings name, canonical -> header; `is_tagging`: they name the task too.
    """
    tokens = _column(TOKENS, columns, sample, chosen, _are_words)
    rest = [name for name in columns if name != tokens]
    tags = _column(TAGS, rest, sample, chosen, _are_tags)
    if tags is None or tokens is None:
        tokens, tags = _by_content(columns, sample)
        rest = [name for name in columns if name != tokens]
    if not sample or tokens is None or tags is None:
        return None
    rest = [name for name in rest if name != tags]
    by_name = [name for name in rest if _SENTENCE.fullmatch(plain(name))]
    is_named = bool(by_name) and plain(tokens) in _WORD_NAMES
    if not (is_tagging or is_named or _marks_entities(_texts(sample, tags))):
        return None
    return _sentences({"tokens": tokens, "tags": tags}, rest, by_name, sample)


def _sentences(
    mapping: Mapping, rest: Sequence[str], by_name: Sequence[str], sample: Sequence[Row]
) -> WordRows | Problem:
    values = {name: _texts(sample, name) for name in rest}
    counts = [name for name in rest if _POSITION.fullmatch(plain(name))]
    documents = [
        name
        for name in rest
        if _DOCUMENT.fullmatch(plain(name)) and _marks_sentences(values[name])
    ]
    named = [name for name in by_name if _marks_sentences(values[name])]
    if named:
        return WordRows(
            mapping, (*(name for name in documents if name not in named), named[0])
        )
    for name in counts:
        if _counts_words(values[name]):
            return WordRows(mapping, position=name)
    for name in rest:
        if _marks_sentences(values[name]) and _never_returns(values[name]):
            return WordRows(mapping, (name,))
    return _no_sentences(mapping, by_name)


def _no_sentences(mapping: Mapping, by_name: Sequence[str]) -> Problem:
    words = f"one word a row in {quoted(mapping['tokens'])}"
    if by_name:
        actual = f"{words}, and another {quoted(by_name[0])} in nearly every row"
        remedy = "Sort the table so that the words of a sentence follow each other."
    else:
        actual = f"{words}, and no column that says where a sentence ends"
        remedy = "Add a column 'sentence_id' that holds the same number for all words of a sentence."
    return Problem("the words of a sentence together", actual, remedy)


def _column(
    column: Column,
    columns: Sequence[str],
    sample: Sequence[Row],
    chosen: Mapping | None,
    holds: Callable[[Sequence[str]], bool],
) -> str | None:
    """The column of this name, or another one of the task's names for it, whose cells are of the right kind."""
    names = (column.name, *column.aliases)
    accepted = [name for name in columns if plain(name) in names]
    accepted.sort(key=lambda name: names.index(plain(name)))
    header = (chosen or {}).get(column.name)
    for name in [header] if header else accepted:
        if (
            name in columns
            and not _has_lists(sample, name)
            and holds(_texts(sample, name))
        ):
            return name
    return None


def _by_content(
    columns: Sequence[str], sample: Sequence[Row]
) -> tuple[str, str] | tuple[None, None]:
    """The one column of tags of entities, and that of the most different words, whatever they are called."""
    plain_columns = [name for name in columns if not _has_lists(sample, name)]
    values = {name: _texts(sample, name) for name in plain_columns}
    tags = [
        name for name in values if "O" in values[name] and _marks_entities(values[name])
    ]
    words = {
        name: len({*cells_})
        for name, cells_ in values.items()
        if name not in tags and _are_words(cells_)
    }
    most = max(words, key=words.__getitem__, default=None)
    return (most, tags[0]) if most and len(tags) == 1 else (None, None)


def _has_lists(sample: Sequence[Row], name: str) -> bool:
    return any(isinstance(cells.decoded(row.get(name)), list | dict) for row in sample)


def _texts(sample: Sequence[Row], name: str) -> list[str]:
    return [cells.text(row.get(name)) for row in sample]


def _are_words(values: Sequence[str]) -> bool:
    """Whether nearly every cell is one word, and they are not all numbers."""
    single = sum(len(value.split()) == 1 for value in values)
    return single >= _MOST * len(values) and any(
        cells.number(value) is None for value in values
    )


def _are_tags(values: Sequence[str]) -> bool:
    """Whether nearly every cell is one word, and they are few."""
    single = sum(len(value.split()) == 1 for value in values)
    few = len({*values}) <= max(_TWO, len(values) / _TWO)
    return single >= _MOST * len(values) and few


def _marks_entities(values: Sequence[str]) -> bool:
    filled = [value for value in values if value]
    tags = sum(bool(_TAG.fullmatch(value)) for value in filled)
    return tags >= _MOST * len(filled) and any(
        _INSIDE.fullmatch(value) for value in filled
    )


def _marks_sentences(values: Sequence[str]) -> bool:
    """Whether the cells stay the same, or are left empty, for some rows each."""
    runs = [value for value, _ in groupby(filter(None, values))]
    starts = sum(map(bool, values)) if "" in values[1:] else len(runs)
    enough = len(runs) >= _TWO or len(values) < SAMPLE
    return bool(runs) and enough and len(values) >= _FEWEST_WORDS * starts


def _never_returns(values: Sequence[str]) -> bool:
    """Whether no value comes back after another one; a column with one value says nothing."""
    runs = [value for value, _ in groupby(filter(None, values))]
    return len(runs) == len({*runs}) >= _TWO


def _counts_words(values: Sequence[str]) -> bool:
    """Whether the cells are whole numbers that rise by one and start anew at 0 or 1."""
    whole: list[int] = []
    for value in values:
        number = cells.number(value)
        if number is None or number % 1:
            return False
        whole.append(int(number))
    restarts = 0
    for left, right in pairwise(whole):
        if right not in (left + 1, 0, 1):
            return False
        restarts += right <= left
    return 0 < restarts < len(whole) / _FEWEST_WORDS


Key = tuple[str, ...]
"""The cells that name a row's sentence."""


@dataclass
class _Sentence:
    first: int = 0
    key: Key = ()
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    def add(self, row: Row) -> None:
        self.tokens.append(cells.text(row.get("tokens")))
        self.tags.append(cells.text(row.get("tags")))

    @property
    def row(self) -> Row:
        return {"tokens": self.tokens, "tags": self.tags}


StartsAnew = Callable[[Key, Key], bool]
"""The last row's key and this row's, its empty cells filled from the last -> whether a sentence begins."""


def _by_name(last: Key, key: Key) -> bool:
    return key != last


def _by_count(last: Key, key: Key) -> bool:
    (count_before,), (count_now,) = last, key
    return _number(count_now) <= _number(count_before)


def _number(cell: object) -> float:
    """0 for a cell without a number."""
    number = cells.number(cell)
    return 0.0 if number is None else number


def _grouping(starts: StartsAnew, names: Sequence[str]) -> Convert:
    def convert(rows: Iterator[Numbered]) -> Iterator[Numbered]:
        sentence = _Sentence()
        for number, row in rows:
            if isinstance(row, Problem):
                yield number, row
                continue
            cells_ = [cells.text(row.get(name)) for name in names]
            last = sentence.key or ("",) * len(names)
            key = tuple(new or old for new, old in zip(cells_, last, strict=True))
            if sentence.tokens and starts(last, key):
                yield sentence.first, sentence.row
                sentence = _Sentence()
            sentence.first = sentence.first if sentence.tokens else number
            sentence.key = key
            sentence.add(row)
        if sentence.tokens:
            yield sentence.first, sentence.row

    return convert
