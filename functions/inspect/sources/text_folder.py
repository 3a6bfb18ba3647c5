"""Folders of texts, one file each: the label of a text is the name of its folder."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO, cast

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import counted
from functions.inspect.formats.base import (
    MAX_RECORD,
    SAMPLE,
    Numbered,
    Table,
    UnreadableError,
)
from functions.inspect.formats.text import Text
from functions.inspect.sources.base import Opener, Source
from tasks import Mapping, Row

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

THREADS = 10
"""As many connections as a client keeps open."""
_READ_AHEAD = 250
_MAX_BYTES = 4 * MAX_RECORD
_LINE_BREAK = "\v"
"""Stands for the line breaks inside a text while texts are lines."""
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class LabeledText:
    """A file that holds one text."""

    file: DropFile
    label: str


@dataclass(frozen=True)
class TextFolder(Source):
    """The texts of one split, in the order in which they become rows."""

    texts: tuple[LabeledText, ...]

    @contextmanager
    def open(self, open_file: Opener) -> Iterator[Table]:
        with ThreadPoolExecutor(THREADS) as pool:
            yield _FolderTable(self.texts, open_file, pool).table()


def interleaved(texts: Sequence[LabeledText]) -> tuple[LabeledText, ...]:
    """One text of each label, then the next one of each: the first rows show all labels."""
    counts: dict[str, int] = {}
    places: list[tuple[int, str, LabeledText]] = []
    for text in texts:
        place = counts.get(text.label, 0)
        counts[text.label] = place + 1
        places.append((place, text.label, text))
    places.sort(key=lambda item: item[:2])
    return tuple(text for _, _, text in places)


class _FolderTable:
    """The files as one text: a file is a line of it, so that all are read in one encoding."""

    def __init__(
        self, texts: Sequence[LabeledText], open_file: Opener, pool: ThreadPoolExecutor
    ) -> None:
        self._texts = texts
        self._read = partial(_content, open_file)
        self._pool = pool
        self._empty = 0
        self._labels: list[str] = []
        self._text = Text(cast(BinaryIO, io.BufferedReader(_Chunks(self._lines()))))
        self._rows = self._numbered()

    def table(self) -> Table:
        head = list(islice(self._rows, SAMPLE))
        sample = [row for _, row in head]
        self._rows = chain(head, self._rows)
        labels = len({text.label for text in self._texts})
        note = f"the names of {labels} folders are the labels of {counted(len(self._texts), 'text')}"
        return Table(
            ("text", "label"),
            sample,
            self._mapped,
            self._warnings,
            self._text.encoding,
            [note],
        )

    def _warnings(self) -> list[str]:
        warnings = list(self._text.warnings())
        if self._empty:
            warnings.append(
                f"left out {counted(self._empty, 'file')} without any text."
            )
        return warnings

    def _mapped(self, mapping: Mapping) -> Iterator[Numbered]:
        for number, row in self._rows:
            yield number, {name: row[column] for name, column in mapping.items()}

    def _numbered(self) -> Iterator[tuple[int, Row]]:
        for number, line in enumerate(self._text.lines(), start=1):
            text = line.rstrip("\n").replace(_LINE_BREAK, "\n").strip()
            yield number, {"text": text, "label": self._labels[number - 1]}

    def _lines(self) -> Iterator[bytes]:
        for start in range(0, len(self._texts), _READ_AHEAD):
            batch = self._texts[start : start + _READ_AHEAD]
            for text, content in zip(
                batch, self._pool.map(self._read, batch), strict=True
            ):
                if content:
                    self._labels.append(text.label)
                    yield content + b"\n"
                else:
                    self._empty += 1


def _content(open_file: Opener, text: LabeledText) -> bytes:
    """The content of a file as one line, without spaces around it. Raises `UnreadableError`."""
    with open_file(text.file) as stream:
        content = stream.read(_MAX_BYTES + 1)
    if content.startswith(_UTF16_MARKS):
        content = content.decode("utf-16", "replace").encode()
    problem = _problem(content)
    if problem:
        raise UnreadableError(problem_of(text.file, problem))
    for line_break in (b"\r\n", b"\r", b"\n"):
        content = content.replace(line_break, _LINE_BREAK.encode())
    return content.removeprefix(_UTF8_MARK).strip()


def _problem(content: bytes) -> Problem | None:
    if len(content) > _MAX_BYTES:
        remedy = "Cut the text, or leave the file out."
        return Problem(
            f"texts of at most {MAX_RECORD:,} characters", "a longer one", remedy
        )
    if b"\0" in content:
        remedy = "Save the file as UTF-8 text, or leave it out."
        return Problem("text", "a file with NUL bytes", remedy)
    return None


def problem_of(file: DropFile, problem: Problem) -> Problem:
    """The problem as one of this file."""
    return Problem(problem.expected, problem.found, problem.remedy, file=file.name)


class _Chunks(io.RawIOBase):
    """A stream of chunks that are made while it is read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        view = memoryview(buffer).cast("B")
        count = min(len(view), len(self._rest))
        view[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
