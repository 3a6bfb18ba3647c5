"""What stands in a plan for several files that are one table."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO

from functions.common.drop import DropFile, StoredObject
from functions.inspect.formats.base import Table

Opener = Callable[[DropFile], BinaryIO]


@dataclass(frozen=True)
class Source(DropFile):
    """`name` is what messages call it, `stored` the sum of its files."""

    @abstractmethod
    def open(self, open_file: Opener) -> AbstractContextManager[Table]:
        """The table of the files. Raises `UnreadableError`."""


def joined(files: Sequence[DropFile]) -> StoredObject:
    """Several objects as one: the key of the first, their sizes together."""
    first = files[0].stored
    newest = max(file.stored.last_modified for file in files)
    size = sum(file.stored.size for file in files)
    return StoredObject(first.key, size, first.etag, first.version_id, newest)
