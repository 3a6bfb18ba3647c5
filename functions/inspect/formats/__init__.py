"""The list of file formats: a new format is one module beside this one and one line here."""

from __future__ import annotations

from difflib import get_close_matches
from typing import BinaryIO

from contracts.problems import Problem
from functions.inspect.formats import csv_file, json_file, jsonl_file, tsv_file, txt_file
from functions.inspect.formats.base import MAX_RECORD, Format, Numbered, Table, UnreadableError
from functions.inspect.formats.compressed import unpacked
from functions.inspect.formats.on_demand import format_of

__all__ = ["FORMATS", "MAX_RECORD", "Format", "Numbered", "Table", "UnreadableError", "format_problem", "open_table"]

FORMATS: tuple[Format, ...] = (
    csv_file.FORMAT,
    tsv_file.FORMAT,
    jsonl_file.FORMAT,
    json_file.FORMAT,
    txt_file.FORMAT,
    format_of("Parquet", ("parquet", "pq"), "parquet_file"),
    format_of("Arrow", ("arrow", "feather"), "arrow_file"),
)
_BY_EXTENSION = {extension: format_ for format_ in FORMATS for extension in format_.extensions}
_COMPRESSED = ".gz"


def format_problem(name: str, extension: str) -> Problem | None:
    """Why no reader takes a file of this extension, with the nearest one that some reader takes."""
    plain = extension.removesuffix(_COMPRESSED)
    if plain in _BY_EXTENSION:
        return None
    known = ", ".join(f".{known}" for known in _BY_EXTENSION)
    near = get_close_matches(plain, _BY_EXTENSION, n=1, cutoff=0.5)
    hint = f"did you mean .{near[0]}?" if near else "save the table as CSV."
    found = f"the extension .{extension}" if extension else "no extension"
    return Problem(f"a file ending in {known} (each also .gz)", found, f"Rename or convert it: {hint}", file=name)


def open_table(stream: BinaryIO, extension: str) -> Table:
    """Opens a file by its extension; raises `UnreadableError` where the content does not fit."""
    if extension.endswith(_COMPRESSED):
        stream = unpacked(stream)
    return _BY_EXTENSION[extension.removesuffix(_COMPRESSED)].open(stream)
