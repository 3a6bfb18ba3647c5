"""Checked rows on their way through Inspect: JSON Lines in a file, and two small integers each in memory."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import islice, takewhile
from json.encoder import encode_basestring
from pathlib import Path
from types import TracebackType
from typing import Self

from functions.inspect.rows import keys as sets
from functions.inspect.rows.classes import Classes
from functions.inspect.rows.keys import CLASS_MASK, Keys, Range
from functions.inspect.rows.split_rows import Convert, Label, answer_of, are_copies
from tasks import Row, Task

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

    def rows(self) -> Iterator[Row]:
        return (json.loads(line) for _, line in self.lines())

    @cached_property
    def _sorted(self) -> Keys:
        return sets.sort(sets.as_keys(self.keys))

    def keys_in(self, bounds: Range) -> Keys:
        return sets.within(self._sorted, bounds)

    def numbered_keys(self) -> Iterator[tuple[array[int], array[int]]]:
        yield self.keys, self.numbers

    def class_rows(self) -> Counter[int]:
        return sets.counted(sets.classes(sets.as_keys(self.keys)))

    def first_number(self, class_id: int) -> int:
        return next(
            number
            for key, number in zip(self.keys, self.numbers, strict=True)
            if key & CLASS_MASK == class_id
        )

    def answers(self, task: Task) -> Iterator[object]:
        return (answer_of(task, row) for row in self.rows())

    def copied_columns(self) -> Sequence[str]:
        """Reads no further than to the first row whose texts differ."""
        copies = sum(1 for _ in takewhile(are_copies, self.rows()))
        return list(next(self.rows())) if copies and copies == len(self) else []

    def empty_answers(self, target: str) -> Iterator[tuple[int, int]]:
        for place, row in enumerate(self.rows()):
            if row[target] == "":
                yield place, self.numbers[place]

    def first_written(self, form: str, label: Label) -> str:
        place = self.numbers.index(label.first)
        line = next(islice(self.lines(), place, None))[1]
        return str(json.loads(line)["score"])

    def converted(
        self, task: Task, convert: Convert, classes: Classes, labels: dict[str, Label]
    ) -> tuple[Self, array[int]]:
        """A new spool in place of this one."""
        places = array("I")
        with type(self)(self.path.with_suffix(".labels")) as new:
            for place, (key, line) in enumerate(self.lines()):
                row = convert(json.loads(line))
                if row is None:
                    continue
                places.append(place)
                class_name, number = task.class_of(row), self.numbers[place]
                new.add(row, number, key & ~CLASS_MASK | classes.id_of(class_name))
                if class_name is None:
                    for label in task.labels_of(row):
                        labels.setdefault(label, Label(number)).rows += 1
        for hashes in self.shared:
            new.shared += (array("Q", [hashes[place] for place in places]),)
        self.path.unlink()
        return new, places


def key_of(content: str, class_id: int) -> int:
    """The content's hash above, the class below; equal contents of one class have equal keys on every machine."""
    digest = hashlib.blake2b(content.encode(), digest_size=KEY_BYTES).digest()
    return int.from_bytes(digest, "big") & CONTENT_MASK | class_id


def key_class(task: Task, row: Row) -> str | None:
    """The class that a checked row has in its key. A number that is not written as computers do has the form that it is
    written in, until the numbers are read."""
    class_name = task.class_of(row)
    if class_name is None and task.variant == "regression":
        return next(iter(task.labels_of(row)), None)
    return class_name


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
