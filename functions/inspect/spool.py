"""Checked rows on their way through Inspect: JSON Lines in a file, and two small integers each in memory."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from json.encoder import encode_basestring
from pathlib import Path
from types import TracebackType
from typing import Self

from tasks import Row, Task

CLASS_BITS = 11
CLASS_MASK: int = (1 << CLASS_BITS) - 1
"""Also the id that all classes share which are too many to tell apart; no task allows so many."""
KEY_BYTES = 8
CONTENT_MASK = (1 << 64) - 1 - CLASS_MASK

_CHUNK_ROWS = 1000
_READ_BYTES = 2**18

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_encode_spaced = json.JSONEncoder(ensure_ascii=False).encode
"""With spaces between the parts, so that the words of a list are counted as words."""


def encode_row(row: Row) -> str:
    """The row as one line of JSON; rows of strings, the usual ones, take a third of the time of a general encoder."""
    try:
        return (
            "{"
            + ",".join(
                [f'"{name}":{encode_basestring(value)}' for name, value in row.items()]
            )
            + "}\n"
        )
    except TypeError:
        return _encode(row) + "\n"


class Spool:
    """The checked rows of one file: `keys[i]` (content and class) and `numbers[i]` belong to line i of `path`.

    A key is 53 bits of the content's hash and 11 bits of the class's id: 12 bytes a row, whatever its length.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.keys: array[int] = array("Q")
        self.numbers: array[int] = array("I")
        self.shared: tuple[array[int], ...] = ()
        """The hashes of the texts that rows may have in common, an array for each; none where rows share no text."""
        self._file = path.open("wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, row: Row, number: int, key: int, texts: Sequence[str] = ()) -> None:
        """`texts` are those that other rows may have in common with this one, as many in every row."""
        self._file.write(encode_row(row).encode())
        self.keys.append(key)
        self.numbers.append(number)
        if texts:
            self.shared = self.shared or tuple(array("Q") for _ in texts)
            for hashes, text in zip(self.shared, texts, strict=True):
                hashes.append(key_of(text, 0))

    def add_lines(self, lines: bytes, keys: Sequence[int], first: int) -> None:
        """Adds encoded rows with the numbers from `first` on, which share no text with others."""
        self._file.write(lines)
        self.keys.extend(keys)
        self.numbers.extend(range(first, first + len(keys)))

    def __len__(self) -> int:
        return len(self.keys)

    def chunks(self) -> Iterator[tuple[array[int], list[bytes]]]:
        """Keys and lines of some rows at a time."""
        with self.path.open("rb", buffering=_READ_BYTES) as file:
            for start in range(0, len(self), _CHUNK_ROWS):
                keys = self.keys[start : start + _CHUNK_ROWS]
                yield keys, list(islice(file, len(keys)))

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Each row's key and its line."""
        with self.path.open("rb") as file:
            yield from zip(self.keys, file, strict=True)


def key_of(content: str, class_id: int) -> int:
    """The content's hash above, the class below; equal contents of one class have equal keys on every machine."""
    digest = hashlib.blake2b(content.encode(), digest_size=KEY_BYTES).digest()
    return int.from_bytes(digest, "big") & CONTENT_MASK | class_id


def content_of(task: Task) -> Callable[[Row], str]:
    """What makes two canonical rows of a task the same example: everything but the answer."""
    names = [column.name for column in task.columns if column.name not in task.targets]

    def content(row: Row) -> str:
        parts = [row[name] for name in names if name in row]
        return (
            parts[0]
            if len(parts) == 1 and isinstance(parts[0], str)
            else _encode_spaced(parts)
        )

    return content


class Classes:
    """Numbers class names in order of appearance and counts their rows."""

    def __init__(self) -> None:
        self.ids: dict[str | None, int] = {}
        self.overflow = 0

    def id_of(self, name: str | None) -> int:
        class_id = self.ids.get(name)
        if class_id is not None:
            return class_id
        if len(self.ids) >= CLASS_MASK:
            self.overflow += 1
            return CLASS_MASK
        self.ids[name] = len(self.ids)
        return self.ids[name]
