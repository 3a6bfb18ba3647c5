"""TMX: texts with their translations, as translation memories and OPUS export them. A row's number is its unit's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO
from xml.parsers import expat

from contracts.problems import Problem
from functions.common.text import counted
from functions.inspect.formats.base import (
    MAX_CHARACTERS,
    MAX_RECORD,
    SAMPLE,
    Format,
    Numbered,
    Table,
    UnreadableError,
    too_large,
)
from tasks import Mapping

COLUMN = "translation"
_CHUNK_BYTES = 2**16
_CODES = frozenset({"bpt", "ept", "it", "ph", "ut"})
"""Elements in a segment that hold the codes of another format, not text."""
_LANGUAGE = ("xml:lang", "lang")

Unit = dict[str, str]


class _UnitParser:
    """Collects the units of a document: language -> segment, the source language first."""

    def __init__(self) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity
        self._parser = parser
        self._language = ""
        self._segment: list[str] | None = None
        self._codes = 0
        self._unit: Unit = {}
        self.units: list[Unit] = []
        self.is_tmx = False
        self.source_language = ""

    def feed(self, chunk: bytes, is_last: bool) -> list[Unit]:
        """The units that end in the chunk. Raises `UnreadableError`."""
        self.units = []
        try:
            self._parser.Parse(chunk, is_last)
        except expat.ExpatError as error:
            raise _broken(error) from error
        return self.units

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "tmx":
            self.is_tmx = True
        elif name == "header":
            self.source_language = _code(attributes.get("srclang", ""))
        elif name == "tu":
            self._unit = {}
        elif name == "tuv":
            names = [attributes[key] for key in _LANGUAGE if key in attributes]
            self._language = _code(names[0]) if names else ""
        elif name == "seg":
            self._segment = []
        elif name in _CODES:
            self._codes += 1

    def _end(self, name: str) -> None:
        if name == "seg" and self._segment is not None:
            self._unit.setdefault(self._language, "".join(self._segment).strip())
            self._segment = None
        elif name in _CODES:
            self._codes -= 1
        elif name == "tu":
            self.units.append(self._ordered())

    def _ordered(self) -> Unit:
        source = self.source_language
        if source not in self._unit:
            return self._unit
        return {source: self._unit[source], **self._unit}

    def _text(self, text: str) -> None:
        if self._segment is None or self._codes:
            return
        self._segment.append(text)
        if sum(map(len, self._segment)) > MAX_RECORD:
            remedy = "Cut the segment, or remove its unit."
            raise UnreadableError(
                Problem(
                    f"segments of at most {MAX_RECORD:,} characters",
                    "a longer one",
                    remedy,
                )
            )

    def _entity(self, name: str, *_: object) -> None:
        remedy = "Export the translations again, without a document type of their own."
        raise UnreadableError(
            Problem("a TMX file", f"a declaration of the entity {name!r}", remedy)
        )


def open_tmx(stream: BinaryIO) -> Table:
    parser = _UnitParser()
    left_out = [0]
    numbered = _rows_of(stream, parser, left_out)
    head = list(islice(numbered, SAMPLE))
    if not head:
        raise _without_units(parser)
    sample = [row for _, row in head if isinstance(row, dict)]

    def rows(mapping: Mapping) -> Iterator[Numbered]:
        for number, row in chain(head, numbered):
            yield (
                number,
                row
                if isinstance(row, Problem)
                else dict.fromkeys(mapping, row[COLUMN]),
            )

    def warnings() -> list[str]:
        units = counted(left_out[0], "unit")
        return [f"left out {units} without a translation."] if left_out[0] else []

    table = Table((COLUMN,), sample, rows, warnings, lambda: "XML")
    table.keeps_order = all(
        next(iter(row[COLUMN])) == parser.source_language for row in sample
    )
    return table


def _rows_of(
    stream: BinaryIO, parser: _UnitParser, left_out: list[int]
) -> Iterator[Numbered]:
    for number, unit in enumerate(_units(stream, parser), start=1):
        if sum(map(bool, unit.values())) > 1:
            yield number, {COLUMN: unit}
        else:
            left_out[0] += 1


def _units(stream: BinaryIO, parser: _UnitParser) -> Iterator[Unit]:
    room = MAX_CHARACTERS
    while chunk := stream.read(_CHUNK_BYTES):
        room -= len(chunk)
        if room < 0:
            raise too_large(MAX_CHARACTERS)
        yield from parser.feed(chunk, is_last=False)
    yield from parser.feed(b"", is_last=True)


def _code(name: str) -> str:
    """`en` of `EN-us`."""
    return name.lower().replace("_", "-").partition("-")[0]


def _broken(error: expat.ExpatError) -> UnreadableError:
    actual = f"broken XML ({error})"
    return UnreadableError(
        Problem("a TMX file", actual, "Export the translations again.")
    )


def _without_units(parser: _UnitParser) -> UnreadableError:
    actual = "none" if parser.is_tmx else "another kind of XML"
    remedy = "Write source and target as two columns of a CSV."
    return UnreadableError(Problem("units of translations", actual, remedy))


FORMAT = Format("TMX", ("tmx",), open_tmx, is_suggested=False)
