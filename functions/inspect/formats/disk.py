"""Files that cannot be read front to back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from functions.inspect.formats.base import MAX_CHARACTERS, too_large

_CHUNK = 2**20


@contextmanager
def copied(stream: BinaryIO) -> Iterator[str]:
    """The path of a copy on disk, gone after the block: what has it open by then reads on and frees it when closed."""
    with tempfile.NamedTemporaryFile(prefix="drop-") as copy:
        room = MAX_CHARACTERS
        while chunk := stream.read(_CHUNK):
            room -= len(chunk)
            if room < 0:
                raise too_large(MAX_CHARACTERS)
            copy.write(chunk)
        copy.flush()
        yield copy.name


def ends_with(path: str, *endings: bytes) -> bool:
    """Whether a file on disk ends with one of these bytes."""
    size = max(map(len, endings))
    with Path(path).open("rb") as file:
        file.seek(-min(size, file.seek(0, 2)), 2)
        return file.read(size).endswith(endings)
