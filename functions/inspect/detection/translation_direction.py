"""From which language into which a table of translations is learnt: the settings say it, else the order of the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from contracts.problems import Choice, Problem
from functions.common.text import listed, quoted
from functions.inspect.common.yaml_text import COPY, settings_text
from functions.inspect.detection.column_contents import Kind, contents_of
from functions.inspect.detection.detection import Shape
from functions.inspect.formats.base import Numbered
from tasks import Mapping, Row, cells
from tasks.base import plain
from tasks.languages import column_language, language_code

_MOST_CHOICES = 6
_TWO = 2
_TRANSLATED = frozenset({"translation", "translated"})
_ROLES = {
    "source": 0,
    "src": 0,
    "original": 0,
    "target": 1,
    "tgt": 1,
    "trg": 1,
    "translation": 1,
}
"""Keys of a cell that say which text is translated from (0) and which into (1)."""


@dataclass(frozen=True)
class Languages:
    """Those of the settings, as written there; empty where they name none."""

    source: str = ""
    target: str = ""

    def __bool__(self) -> bool:
        return bool(self.source or self.target)


ANY = Languages()


@dataclass(frozen=True)
class Direction:
    """The columns to read, how their cells become rows where a cell holds both texts, and the reason as a sentence."""

    mapping: Mapping
    reason: str
    shape: Shape | None = None


def direction_of(
    mapping: Mapping,
    columns: Sequence[str],
    sample: Sequence[Row],
    languages: Languages = ANY,
    *,
    is_chosen: bool = False,
    keeps_order: bool = True,
) -> Direction | Problem:
    """`mapping` is what the columns' names make of the table, or the settings where `is_chosen`.

    `keeps_order`: whether the order of the languages in a cell is the writer's own.
    """
    if "target" in mapping:
        return _of_columns(mapping, columns, languages, is_chosen)
    return _of_cells(mapping, sample, languages, keeps_order)


def translated_pair(columns: Sequence[str], sample: Sequence[Row]) -> Mapping | None:
    """`text, translation`: a column called so, and the one other column of texts, whatever it is called."""
    contents = contents_of(columns, sample)
    texts = [
        name
        for name, content in contents.items()
        if content.kind in (Kind.TEXTS, Kind.OTHER)
    ]
    targets = [name for name in texts if {*plain(name).split("_")} & _TRANSLATED]
    if len(texts) != _TWO or len(targets) != 1:
        return None
    (source,) = (name for name in texts if name not in targets)
    return {"source": source, "target": targets[0]}


def _of_columns(
    mapping: Mapping, columns: Sequence[str], languages: Languages, is_chosen: bool
) -> Direction | Problem:
    pair = (mapping["source"], mapping["target"])
    if plain(pair[0]) == "translation" and not is_chosen:
        pair = (pair[1], pair[0])
    headers = [name for name in columns if column_language(name)]
    if len(headers) >= _TWO and not is_chosen and len({*pair} & {*headers}) == 1:
        # A column called source may say where the texts come from.
        pair = (headers[0], headers[1])
    if is_chosen or not {*pair} <= {*headers}:
        return _contradiction(pair, languages) or _columns(*pair)
    if languages:
        chosen = _pick(headers, languages, pair)
        return chosen if isinstance(chosen, Problem) else _columns(*chosen)
    if len(headers) > _TWO:
        return _question(headers, "columns", f"texts in {listed(headers)}")
    return _columns(*pair)


def _columns(source: str, target: str) -> Direction:
    return Direction({"source": source, "target": target}, _reason(source, target))


def _contradiction(pair: tuple[str, str], languages: Languages) -> Problem | None:
    """Settings whose languages are not those that the chosen columns are named by."""
    for header, language, key in zip(
        pair,
        (languages.source, languages.target),
        ("source_language", "target_language"),
        strict=True,
    ):
        code = column_language(header)
        if code and language and language_code(language) not in (code, None):
            remedy = (
                "Make `columns` and the languages agree, or leave one of the two out."
            )
            expected = f"the language of the column {quoted(header)}"
            return Problem(
                expected, quoted(language), remedy, column=f"hyperparameters.{key}"
            )
    return None


def _of_cells(
    mapping: Mapping, sample: Sequence[Row], languages: Languages, keeps_order: bool
) -> Direction | Problem:
    names = _keys(mapping["source"], sample)
    if len(names) < _TWO:
        return Direction(mapping, "")
    pair = _by_role(names) or (names[0], names[1])
    if languages and all(language_code(name) for name in names):
        picked = _pick(names, languages, pair)
        if isinstance(picked, Problem):
            return picked
        pair = picked
    elif len(names) > _TWO:
        return _question(names, "hyperparameters", f"texts in {listed(names)}")
    elif not (keeps_order or _by_role(names)) and names == sorted(names):
        actual = (
            f"texts in {listed(names)}, sorted by name as this kind of file is written"
        )
        return _question(names, "hyperparameters", actual)
    return Direction(mapping, _reason(*pair), _split_cells(mapping, *pair))


def _keys(column: str, sample: Sequence[Row]) -> list[str]:
    """The keys under which most cells hold a text, in the order of the first cells."""
    counts: Counter[str] = Counter()
    for row in sample:
        cell = cells.decoded(row.get(column))
        if isinstance(cell, dict):
            counts.update(name for name, text in cell.items() if isinstance(text, str))
    most = max(counts.values(), default=0)
    return [name for name, rows in counts.items() if rows > most / _TWO]


def _by_role(names: Sequence[str]) -> tuple[str, str] | None:
    """`{"target": …, "source": …}` is translated from its source, whatever the order."""
    roles = {_ROLES[plain(name)]: name for name in names if plain(name) in _ROLES}
    return (roles[0], roles[1]) if len(names) == _TWO == len(roles) else None


def _pick(
    names: Sequence[str], languages: Languages, pair: tuple[str, str]
) -> tuple[str, str] | Problem:
    """The names of the settings' languages. Where they name one of two, the other is the other."""
    by_code = {language_code(name) or column_language(name): name for name in names}
    by_code |= {column_language(name) or language_code(name): name for name in names}
    picked: list[str] = []
    for language in (languages.source, languages.target):
        name = by_code.get(language_code(language)) if language else ""
        if name is None:
            expected = f"one of the languages of the data, {listed(names)}"
            remedy = "Correct source_language and target_language, or leave them out."
            return Problem(expected, quoted(language), remedy)
        picked.append(name)
    source, target = (name or _other(names, picked) for name in picked)
    if source == target or not (source and target):
        remedy = "Name two different ones as source_language and target_language."
        return Problem(
            f"two of the languages {listed(names)}",
            listed(filter(None, picked)),
            remedy,
        )
    return source, target


def _other(names: Sequence[str], picked: Sequence[str]) -> str:
    others = [name for name in names if name not in picked]
    return others[0] if len(others) == 1 else ""


def _question(names: Sequence[str], section: str, actual: str) -> Problem:
    pairs = [*permutations(names, _TWO)][:_MOST_CHOICES]
    choices = tuple(_choice(section, source, target) for source, target in pairs)
    return Problem(
        "to know which language is translated into which", actual, COPY, choices=choices
    )


def _choice(section: str, source: str, target: str) -> Choice:
    keys = (
        ("source", "target")
        if section == "columns"
        else ("source_language", "target_language")
    )
    languages = dict(zip(keys, (source, target), strict=True))
    settings = settings_text("translation", **{section: languages})
    return Choice(f"translates from {quoted(source)} to {quoted(target)}", settings)


def _reason(source: str, target: str) -> str:
    return f"Translates from {quoted(source)} to {quoted(target)}."


def _split_cells(mapping: Mapping, source: str, target: str) -> Shape:
    def convert(rows: Iterator[Numbered]) -> Iterator[Numbered]:
        for number, row in rows:
            yield (
                number,
                row if isinstance(row, Problem) else _split(row, source, target),
            )

    return Shape(mapping, convert)


def _split(row: Row, source: str, target: str) -> Row | Problem:
    texts = cells.decoded(row.get("source"))
    if not isinstance(texts, dict):
        remedy = f'Write {{"{source}": "…", "{target}": "…"}} or delete the row.'
        return Problem(
            "a text in two languages", cells.found_in(texts), remedy, column="source"
        )
    for name in (source, target):
        text = texts.get(name)
        if not isinstance(text, str) or not text.strip():
            remedy = "Fill in the text or delete the row."
            return Problem(
                f"a text in {name!r}", cells.found_in(text), remedy, column="source"
            )
    return {"source": texts[source], "target": texts[target]}
