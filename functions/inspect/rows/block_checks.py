"""Checks a block of rows by its columns, where every row is sure to pass; any other block is checked row by row.

The rules are those of `Task.check_row`. It is asked once for each combination of the cells that are no long texts, with
markers in place of the texts, of which a task says (`Task.stripped`) that it only strips them and refuses empty ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import chain, repeat
from json.encoder import encode_basestring
from typing import Any

from contracts.problems import Problem
from functions.inspect.formats.base import Block
from functions.inspect.rows.classes import Classes
from functions.inspect.rows.spool import CONTENT_MASK, KEY_BYTES, encode_row, key_class
from tasks import Mapping, Task

MAX_CLASSES = 1000
"""Beyond it rows are counted one by one: so many classes are refused in the end."""
_SEPARATOR = b"\x1f"
_WHITESPACE_LEADS = (b"\xc2", b"\xe1", b"\xe2", b"\xe3")
"""The first bytes of whitespace outside ASCII, in UTF-8."""
_USUAL_CONTROLS = b"\n\r\t"
_OTHER_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_STRIPPED_IN_STR_ONLY = re.compile(rb"[\x1c-\x1f]")
_MARKERS = ("\ue000", "\ue001")
_CACHED_TEMPLATES = 20_000


@dataclass(frozen=True)
class Template:
    """Rows that differ in their texts only: JSON before, between and behind them."""

    pieces: tuple[bytes, ...]
    class_id: int
    labels: frozenset[str]
    """Of rows without a class."""


@dataclass(frozen=True)
class CheckedBlock:
    """The rows of a block, all of them right, each list in their order."""

    lines: bytes
    """JSON, a line for each row."""
    keys: list[int]
    characters: list[int]
    words: list[int]
    labels: list[frozenset[str]]
    """Empty where the rows have classes."""


class BlockCheck:
    """The checks of one file's blocks; a new file may write its labels in another type."""

    def __init__(self, task: Task, mapping: Mapping, classes: Classes) -> None:
        self._task, self._classes = task, classes
        self._texts = task.stripped
        self._others = [name for name in mapping if name not in self._texts]
        self._content = next(
            (name for name in self._texts if name not in task.targets), ""
        )
        contents = [
            column.name for column in task.columns if column.name not in task.targets
        ]
        self.is_possible = {*mapping} & {*contents} == {self._content} and {
            *self._texts
        } <= {*mapping}
        self._template = lru_cache(_CACHED_TEMPLATES, typed=True)(self._new_template)

    def check(self, block: Block) -> CheckedBlock | None:
        """None where a row may be wrong, or has to be looked at."""
        if (
            not self.is_possible
            or not block.columns
            or len(self._classes.ids) > MAX_CLASSES
        ):
            return None
        texts: dict[str, Texts] = {}
        for name in self._texts:
            column = texts_of(block.columns[name])
            if column is None:
                return None
            texts[name] = column
        others = [block.columns[name] for name in self._others]
        templates = self._templates(others, len(block))
        return self._checked(texts, templates) if templates else None

    def _templates(
        self, others: Sequence[list[Any]], rows: int
    ) -> list[Template] | None:
        if not others:
            template = self._template()
            return [template] * rows if template else None
        try:
            templates = list(map(self._template, *others))
        except TypeError:  # a list or an object
            return None
        right = [template for template in templates if template]
        return right if len(right) == rows else None

    def _new_template(self, *others: Any) -> Template | None:
        row = dict(zip(self._others, map(_as_read, others), strict=True))
        row |= zip(self._texts, _MARKERS, strict=False)
        checked = self._task.check_row(row)
        if isinstance(checked, Problem):
            return None
        pieces = encode_row(checked)
        for marker in _MARKERS[: len(self._texts)]:
            pieces = pieces.replace(marker, _SEPARATOR.decode())
        json_pieces = tuple(pieces.encode().split(_SEPARATOR))
        if len(json_pieces) != len(self._texts) + 1:
            return None
        class_name = self._task.class_of(checked)
        labels = self._task.labels_of(checked) if class_name is None else ()
        return Template(
            json_pieces,
            self._classes.id_of(key_class(self._task, checked)),
            frozenset(labels),
        )

    def _checked(
        self, texts: dict[str, Texts], templates: list[Template]
    ) -> CheckedBlock:
        content = texts[self._content]
        has_classes = all(not template.labels for template in templates)
        return CheckedBlock(
            lines=_lines(list(texts.values()), templates),
            keys=_keys(content.cells, [template.class_id for template in templates]),
            characters=content.characters(),
            words=content.words(),
            labels=[] if has_classes else [template.labels for template in templates],
        )


def _as_read(cell: Any) -> Any:
    return cell.decode() if isinstance(cell, bytes) else cell


def _keys(contents: Sequence[bytes], class_ids: Sequence[int]) -> list[int]:
    """As `spool.key_of` makes them."""
    keys = []
    for content, class_id in zip(contents, class_ids, strict=True):
        digest = blake2b(content, digest_size=KEY_BYTES).digest()
        keys.append(int.from_bytes(digest, "big") & CONTENT_MASK | class_id)
    return keys


def _lines(columns: Sequence[Texts], templates: Sequence[Template]) -> bytes:
    """As `spool.encode_row` makes them."""
    pieces = list(zip(*(template.pieces for template in templates), strict=True))
    parts: list[Sequence[bytes]] = [pieces[0]]
    for column, after in zip(columns, pieces[1:], strict=True):
        parts += [column.escaped(), after]
    return b"".join(chain.from_iterable(zip(*parts, strict=True)))


@dataclass(frozen=True)
class Texts:
    """A column of texts in UTF-8 without whitespace around them, none empty; `joined` by a separator."""

    cells: list[bytes]
    joined: bytes
    has_controls: bool
    """Whether there are control characters other than tabs and ends of lines."""

    def escaped(self) -> list[bytes]:
        """The texts as they stand in JSON between quotes."""
        joined = self.joined
        controls = set(_OTHER_CONTROLS.findall(joined)) if self.has_controls else set()
        for character in (b"\\", b'"', b"\n", b"\r", b"\t", *(controls - {_SEPARATOR})):
            escape = encode_basestring(character.decode())[1:-1]
            joined = joined.replace(character, escape.encode())
        return self.cells if joined is self.joined else joined.split(_SEPARATOR)

    def characters(self) -> list[int]:
        if self.joined.isascii():
            return list(map(len, self.cells))
        lengths = []
        for cell in self.cells:
            lengths.append(len(cell) if cell.isascii() else len(cell.decode()))
        return lengths

    def words(self) -> list[int]:
        """How many words each text has, as `str.split` separates them."""
        starts = _word_starts(self.joined)
        is_separated = self._separated_by_spaces()
        counts = []
        start = 0
        for cell, is_usual in zip(self.cells, is_separated, strict=True):
            end = start + len(cell)
            if is_usual:
                bits = int.from_bytes(
                    starts[start >> 3 : (end >> 3) + 1], "little"
                ) >> (start & 7)
                counts.append((bits & ((1 << (end - start)) - 1)).bit_count())
            else:
                counts.append(len(cell.decode().split()))
            start = end + 1
        return counts

    def _separated_by_spaces(self) -> Iterable[bool]:
        """Whether what separates words is surely spaces, tabs and ends of lines, and no other control is there."""
        if self.has_controls:
            return (
                cell.isascii() and not _OTHER_CONTROLS.search(cell)
                for cell in self.cells
            )
        if self.joined.isascii():
            return repeat(True, len(self.cells))
        return (cell.isascii() or not _has_lead(cell) for cell in self.cells)


def _has_lead(cell: bytes) -> bool:
    return any(lead in cell for lead in _WHITESPACE_LEADS)


def texts_of(cells: Sequence[Any]) -> Texts | None:
    """None where a cell is empty or no text, or holds a character that separates here."""
    try:
        stripped = [cell.strip() for cell in cells]
        joined = _SEPARATOR.join(stripped)
        if not joined.isascii():
            before, stripped = stripped, list(map(_without_wide_spaces, stripped))
            joined = joined if stripped == before else _SEPARATOR.join(stripped)
    except (AttributeError, TypeError):
        return None
    if not all(stripped):
        return None
    usual = len(stripped) - 1
    for control in _USUAL_CONTROLS:
        usual += joined.count(control) if control in joined else 0
    has_controls = _below(joined, ord(" ")).true_count != usual
    if has_controls and len(_STRIPPED_IN_STR_ONLY.findall(joined)) >= len(stripped):
        return None
    return Texts(stripped, joined, has_controls)


def _without_wide_spaces(cell: bytes) -> bytes:
    """`str.strip` strips more than `bytes.strip` only where a text ends in other than ASCII."""
    if cell.isascii() or (cell[0] < 128 and cell[-1] < 128):
        return cell
    return cell.decode().strip().encode()


def _below(text: bytes, limit: int) -> Any:
    """Of each byte, whether it is less than `limit`: an Arrow array of bits."""
    import pyarrow as pa  # noqa: PLC0415 - large
    import pyarrow.compute as pc  # noqa: PLC0415 - large

    values = pa.Array.from_buffers(pa.uint8(), len(text), [None, pa.py_buffer(text)])
    return pc.less(values, pa.scalar(limit, pa.uint8()))


def _word_starts(text: bytes) -> bytes:
    """A bit for each byte, the lowest first: whether it begins a word."""
    bits = _below(text, ord(" ") + 1).buffers()[1]
    spaces = int.from_bytes(bits[: (len(text) + 7) // 8], "little")
    starts = (spaces << 1 | 1) & ~spaces
    return starts.to_bytes(len(text) // 8 + 2, "little")
