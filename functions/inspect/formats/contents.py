"""What a file is, told by its first bytes whatever its name says."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

from contracts.problems import Problem
from functions.common.text import quoted
from functions.inspect.formats.base import UnreadableError

GZIP_MAGIC = b"\x1f\x8b"
PARQUET, ENCRYPTED_PARQUET = b"PAR1", b"PARE"
ARROW, ARROW_STREAM = b"ARROW1", b"\xff\xff\xff\xff"
_PEEK = 1024
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image", ""),
    (b"\xff\xd8\xff", "a JPEG image", ""),
    (b"GIF8", "a GIF image", ""),
    (b"%PDF-", "a PDF document", ""),
    (GZIP_MAGIC, "a gzip file", "Add .gz to its name, for example reviews.csv.gz."),
    (PARQUET, "a Parquet file", "Rename it to .parquet."),
    (ENCRYPTED_PARQUET, "an encrypted Parquet file", "Write it again without encryption."),
    (ARROW, "an Arrow file", "Rename it to .arrow."),
    (ARROW_STREAM, "an Arrow file", "Rename it to .arrow."),
    (b"FEA1", "a Feather file of version 1", "Write it again as Feather version 2, or as Parquet."),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document", ""),
    (b"BZh", "a bzip2 file", "Unpack it, or compress it with gzip."),
    (b"\xfd7zXZ\x00", "an xz file", "Unpack it, or compress it with gzip."),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", "Unpack it, or compress it with gzip."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it and upload the table inside."),
    (b"SQLite format 3\x00", "an SQLite database", ""),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", ""),
    (b"RIFF", "a RIFF media file", ""),
    (b"version https://git-lfs", "a Git LFS pointer, not the data", "Run git lfs pull and upload the real file."),
)
_EXPORT = "Export the table as CSV (UTF-8) and upload that."
_RENAME = "Give the file the ending that fits its content, for example .csv, .tsv or .jsonl."
_SPREADSHEET = "an Excel workbook"


def buffered(stream: BinaryIO) -> io.BufferedReader:
    """The stream with `peek`, as it is where it has one."""
    return stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, stream))


def peek(stream: BinaryIO) -> bytes:
    return buffered(stream).peek(_PEEK)[:_PEEK]


def kind_of(head: bytes) -> str | None:
    """The name of a known kind of file that is no table in text."""
    found = _match(head)
    return found[0] if found else None


def _match(head: bytes) -> tuple[str, str] | None:
    if head.startswith(b"PK\x03\x04"):
        office = b"[Content_Types].xml" in head or b"xl/" in head
        return (_SPREADSHEET, "") if office else ("a ZIP archive", "Unpack it and upload the table inside.")
    if head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        return "an HTML page", "It may be an error or log-in page: download the data again and look into the file."
    if head[257:262] == b"ustar":
        return "a tar archive", "Unpack it and upload the table inside."
    return next(((name, remedy) for magic, name, remedy in _MAGIC if head.startswith(magic)), None)


def require_text(head: bytes) -> None:
    """Raises `UnreadableError` for an empty file and for what is known not to be text."""
    _require_filled(head, "rows of text")
    if found := _match(head):
        name, remedy = found
        raise UnreadableError(Problem("text", name, remedy or _EXPORT))


def require_kind(head: bytes, name: str, *magic: bytes) -> None:
    """Raises `UnreadableError` for an empty file and for one of another kind than the one named."""
    expected = f"{'an' if name[0] in 'AEIOU' else 'a'} {name} file"
    _require_filled(head, expected)
    if not head.startswith(magic):
        found, remedy = _match(head) or (_beginning(head), _RENAME)
        raise UnreadableError(Problem(expected, found, remedy or _EXPORT))


def _require_filled(head: bytes, expected: str) -> None:
    if not head:
        remedy = "Upload the file again: it may have been cut off."
        raise UnreadableError(Problem(expected, "an empty file (zero bytes)", remedy))


def _beginning(head: bytes) -> str:
    text = head.decode("utf-8", "ignore").strip().partition("\n")[0].rstrip()
    return f"text that begins with {quoted(text, 40)}" if text and text.isprintable() else "something else"
