"""Two files of plain text whose lines are translations of each other, as Moses writes them (`train.en`, `train.de`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.inspect.formats.base import SAMPLE, Numbered, Table, UnreadableError
from functions.inspect.formats.compression import compression_of, unpacked
from functions.inspect.formats.contents import buffered
from functions.inspect.formats.text import Text
from functions.inspect.sources.base import Opener, Source
from tasks import Mapping

COLUMN = "translation"


@dataclass(frozen=True)
class ParallelTexts(Source):
    """`sides` are language -> file, the source language first where `is_directed`."""

    sides: tuple[tuple[str, DropFile], ...]
    is_directed: bool

    @contextmanager
    def open(self, open_file: Opener) -> Iterator[Table]:
        with ExitStack() as stack:
            texts: dict[str, Text] = {}
            for language, file in self.sides:
                stream = buffered(stack.enter_context(open_file(file)))
                if compression := compression_of(file.extension):
                    stream = buffered(unpacked(stream, compression))
                texts[language] = Text(stream)
            yield _table(self, texts)


def _table(pair: ParallelTexts, texts: dict[str, Text]) -> Table:
    numbered = _rows_of(pair, texts)
    head = list(islice(numbered, SAMPLE))
    sample = [row for _, row in head if isinstance(row, dict)]

    def rows(mapping: Mapping) -> Iterator[Numbered]:
        for number, row in chain(head, numbered):
            cells = (
                row if isinstance(row, Problem) else dict.fromkeys(mapping, row[COLUMN])
            )
            yield number, cells

    def warnings() -> list[str]:
        return [warning for text in texts.values() for warning in text.warnings()]

    def encoding() -> str:
        return " and ".join(sorted({text.encoding() for text in texts.values()}))

    names = " and ".join(file.name for _, file in pair.sides)
    notes = [f"the lines of {names} are translations of each other"]
    table = Table((COLUMN,), sample, rows, warnings, encoding, notes)
    table.keeps_order = pair.is_directed
    return table


def _rows_of(pair: ParallelTexts, texts: dict[str, Text]) -> Iterator[Numbered]:
    """Lines that are empty on both sides are left out."""
    sides = [text.lines() for text in texts.values()]
    for number, lines in enumerate(zip_longest(*sides), start=1):
        if None in lines:
            raise _uneven(pair, number - 1, lines)
        cells = {
            language: line.rstrip("\r\n")
            for language, line in zip(texts, lines, strict=True)
        }
        if any(cell.strip() for cell in cells.values()):
            yield number, {COLUMN: cells}


def _uneven(
    pair: ParallelTexts, rows: int, lines: tuple[str | None, ...]
) -> UnreadableError:
    shorter = pair.sides[lines.index(None)][1].name
    names = " and ".join(file.name for _, file in pair.sides)
    return UnreadableError(
        Problem(
            f"as many lines in {names}",
            f"only {rows:,} in {shorter}",
            "Write each text and its translation on the same line of the two files.",
        )
    )
