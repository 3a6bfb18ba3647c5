"""The list of file formats: a new format is one module beside this one and one line here."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import TYPE_CHECKING, BinaryIO, cast

from contracts.problems import Problem
from functions.common.text import nearest
from functions.inspect.formats import (
    arrow_file,
    csv_file,
    json_file,
    jsonl_file,
    parquet_file,
    tsv_file,
    txt_file,
)
from functions.inspect.formats.base import MAX_RECORD, Format, Numbered, Table, UnreadableError
from functions.inspect.formats.contents import GZIP_MAGIC, buffered, kind_name, peek, require_format

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = [
    "FORMATS",
    "MAX_RECORD",
    "Format",
    "Numbered",
    "Table",
    "UnreadableError",
    "format_problem",
    "open_table",
]

FORMATS: tuple[Format, ...] = (
    csv_file.FORMAT,
    tsv_file.FORMAT,
    jsonl_file.FORMAT,
    json_file.FORMAT,
    txt_file.FORMAT,
    parquet_file.FORMAT,
    arrow_file.FORMAT,
)
_BY_EXTENSION = {extension: format_ for format_ in FORMATS for extension in format_.extensions}
_COMPRESSED = ".gz"
_UNPACK_BUFFER_BYTES = 2**17


def format_problem(name: str, extension: str) -> Problem | None:
    """Why no reader takes a file of this extension, with the nearest one that some reader takes."""
    plain = extension.removesuffix(_COMPRESSED)
    if plain in _BY_EXTENSION:
        return None
    endings = ", ".join(f".{ending}" for ending in _BY_EXTENSION)
    guess = nearest(plain, list(_BY_EXTENSION))
    hint = f"did you mean .{guess}?" if guess else "save the table as CSV."
    actual = f"the extension .{extension}" if extension else "no extension"
    return Problem(
        f"a file ending in {endings} (each also .gz)",
        actual,
        f"Rename or convert it: {hint}",
        file=name,
    )


def open_table(stream: BinaryIO, extension: str) -> Table:
    """Opens a file by its extension; raises `UnreadableError` where the content does not fit."""
    if extension.endswith(_COMPRESSED):
        stream = _unpacked(stream)
    stream = buffered(stream)
    format_ = _BY_EXTENSION[extension.removesuffix(_COMPRESSED)]
    require_format(peek(stream), format_, FORMATS)
    return format_.open(stream)


def _unpacked(stream: BinaryIO) -> BinaryIO:
    """The content of a gzip stream; damage is raised as `UnreadableError` where it is met."""
    stream = buffered(stream)
    head = peek(stream)
    if head and not head.startswith(GZIP_MAGIC):
        actual = kind_name(head, FORMATS) or "something else"
        raise UnreadableError(
            Problem("a gzip file", actual, "Remove .gz from the name, or compress the file.")
        )
    return cast(BinaryIO, io.BufferedReader(_GzipContent(stream), _UNPACK_BUFFER_BYTES))


class _GzipContent(io.RawIOBase):
    def __init__(self, stream: BinaryIO) -> None:
        self._inner = gzip.GzipFile(fileobj=stream)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        try:
            return self._inner.readinto(buffer)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            remedy = "Compress the file again and upload it whole."
            raise UnreadableError(
                Problem("a complete gzip file", f"a damaged one ({error})", remedy)
            ) from error
