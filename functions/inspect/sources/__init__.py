"""What a table of a drop is read from where that is not one file alone: a new kind is one module and one line here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from functions.common.drop import DropFile
from functions.inspect.formats import Table, open_table
from functions.inspect.sources.base import Opener, Source

__all__ = ["Opener", "Source", "open_source"]


@contextmanager
def open_source(file: DropFile, open_file: Opener) -> Iterator[Table]:
    """The table of a file, or of all files of a source; it can be read inside the block only.

    Raises `UnreadableError`.
    """
    if isinstance(file, Source):
        with file.open(open_file) as table:
            yield table
    else:
        with open_file(file) as stream:
            yield open_table(stream, file.extension)
