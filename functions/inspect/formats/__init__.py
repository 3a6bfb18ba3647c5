"""The list of file formats: a new format is one module beside this one and one line here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.inspect.formats import (
    arrow_file,
    conll_file,
    csv_file,
    fasttext_file,
    json_file,
    jsonl_file,
    parquet_file,
    tmx_file,
    tsv_file,
    txt_file,
    workbook_file,
)
from functions.inspect.formats.base import (
    MAX_RECORD,
    Format,
    Numbered,
    Table,
    UnreadableError,
)
from functions.inspect.formats.compression import (
    ENDINGS,
    Compression,
    compression_of,
    unpacked,
    without_compression,
)
from functions.inspect.formats.contents import (
    HEAD_BYTES,
    buffered,
    is_spreadsheet,
    kind_name,
    peek,
    require_format,
)
from functions.inspect.formats.endings import UNREADABLE_ENDINGS
from functions.inspect.formats.sniffing import head_lines

__all__ = [
    "FORMATS",
    "MAX_RECORD",
    "Format",
    "Numbered",
    "Table",
    "UnreadableError",
    "first_format_problem",
    "format_problem",
    "open_table",
]

FORMATS: tuple[Format, ...] = (
    csv_file.FORMAT,
    tsv_file.FORMAT,
    jsonl_file.FORMAT,
    json_file.FORMAT,
    txt_file.FORMAT,
    fasttext_file.FORMAT,
    conll_file.FORMAT,
    tmx_file.FORMAT,
    parquet_file.FORMAT,
    arrow_file.FORMAT,
    workbook_file.FORMAT,
)
_BY_EXTENSION = {
    extension: format_ for format_ in FORMATS for extension in format_.extensions
}


def first_format_problem(files: Iterable[DropFile]) -> Problem | None:
    """Why the first of the files that no reader takes is not read; None where all can be."""
    for file in files:
        problem = format_problem(file.name, file.extension)
        if problem:
            return problem
    return None


def format_problem(name: str, extension: str) -> Problem | None:
    """Why no reader takes a file of this extension."""
    plain = without_compression(extension)
    if plain in _BY_EXTENSION:
        return None
    if kind := UNREADABLE_ENDINGS.get(plain):
        return Problem("a file of texts, or a table", kind.name, kind.remedy, file=name)
    endings = ", ".join(f".{ending}" for ending in _BY_EXTENSION if ending)
    packed = ", ".join(ENDINGS)
    return Problem(
        f"a file ending in {endings} (each also {packed})",
        f"the extension .{extension}",
        "Rename it to the ending that fits its content, or save the table as CSV.",
        file=name,
    )


def open_table(stream: BinaryIO, extension: str) -> Table:
    """Opens a file by its extension; raises `UnreadableError` where the content does not fit."""
    if compression := compression_of(extension):
        stream = _unpacked(stream, compression)
    stream = buffered(stream)
    if is_spreadsheet(peek(stream, HEAD_BYTES)):
        return workbook_file.FORMAT.open(stream)
    format_ = _BY_EXTENSION[without_compression(extension)]
    require_format(peek(stream), format_, FORMATS)
    return (_unmistakable(stream, format_) or format_).open(stream)


def _unmistakable(stream: BinaryIO, declared: Format) -> Format | None:
    """The format that a text is of by its lines, whatever its name says."""
    if declared.magic:
        return None
    lines = head_lines(stream)
    for format_ in FORMATS:
        if format_.recognises and format_.recognises(lines):
            return format_
    return None


def _unpacked(stream: BinaryIO, compression: Compression) -> BinaryIO:
    stream = buffered(stream)
    head = peek(stream)
    if not head or head.startswith(compression.magic):
        return unpacked(stream, compression)
    actual = kind_name(head, FORMATS) or "something else"
    remedy = f"Remove {compression.ending} from the name, or compress the file."
    raise UnreadableError(Problem(f"a {compression.name} file", actual, remedy))
