"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, cast

from contracts.problems import Problem
from functions.common.text import quoted
from functions.inspect.formats.base import ContentKind, Format, UnreadableError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
"""Of the documents of old office programs, and of encrypted ones."""
HEAD_BYTES = 2**16
"""How much of a text decides its encoding and its format."""
_PEEK_BYTES = 1024
_FOREIGN_KINDS = (
    ContentKind(b"\x89PNG\r\n\x1a\n", "a PNG image"),
    ContentKind(b"\xff\xd8\xff", "a JPEG image"),
    ContentKind(b"GIF8", "a GIF image"),
    ContentKind(b"%PDF-", "a PDF document"),
    ContentKind(
        GZIP_MAGIC, "a gzip file", "Add .gz to its name, for example reviews.csv.gz."
    ),
    ContentKind(b"BZh", "a bzip2 file", "Add .bz2 to its name."),
    ContentKind(b"\xfd7zXZ\x00", "an xz file", "Add .xz to its name."),
    ContentKind(b"\x28\xb5\x2f\xfd", "a Zstandard file", "Add .zst to its name."),
    ContentKind(
        b"7z\xbc\xaf\x27\x1c",
        "a 7-Zip archive",
        "Unpack it and upload the table inside.",
    ),
    ContentKind(b"SQLite format 3\x00", "an SQLite database"),
    ContentKind(b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    ContentKind(b"RIFF", "a RIFF media file"),
    ContentKind(
        b"version https://git-lfs",
        "a Git LFS pointer, not the data",
        "Run git lfs pull and upload the real file.",
    ),
)
_EXPORT = "Export the table as CSV (UTF-8) and upload that."
_RENAME = (
    "Give the file the ending that fits its content, for example .csv, .tsv or .jsonl."
)
_UNPACK = "Unpack it and upload the table inside."
_OFFICE = ContentKind(ZIP_MAGIC, "an office document")
_ODS = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
_ZIP = ContentKind(ZIP_MAGIC, "a ZIP archive", _UNPACK)
_TAR = ContentKind(b"", "a tar archive", _UNPACK)
_HTML = ContentKind(
    b"",
    "an HTML page",
    "It may be an error or log-in page: download the data again and look into the file.",
)


class _FullReads(io.RawIOBase):
    """A stream whose every read is filled, unless the stream ends: a peek then shows as much as its buffer holds."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = cast(io.BufferedIOBase, stream)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view) and (count := self._stream.readinto(view[filled:])):
            filled += count
        return filled


class _PeekedReader(io.BufferedReader):
    """A reader whose `peek` before the first read shows at least `HEAD_BYTES`, where there are so many."""


def buffered(stream: BinaryIO) -> io.BufferedReader:
    """The stream with a `peek` of `HEAD_BYTES`, as it is where it has one."""
    if isinstance(stream, _PeekedReader):
        return stream
    return _PeekedReader(_FullReads(stream), HEAD_BYTES)


def peek(stream: BinaryIO, size: int = _PEEK_BYTES) -> bytes:
    """The first bytes of a stream that was not read yet, without reading them."""
    return buffered(stream).peek(size)[:size]


def kind_name(head: bytes, formats: Sequence[Format]) -> str | None:
    """What a file that begins with `head` is, such as `a PNG image`; None where it may be text."""
    kind = _recognised(head, formats)
    return kind.name if kind else None


def is_spreadsheet(head: bytes) -> bool:
    """Whether the first bytes are those of a workbook; of an old office document it is not known before it is read."""
    is_modern = head.startswith(ZIP_MAGIC) and (b"xl/" in head or _ODS in head)
    return is_modern or head.startswith(OLE_MAGIC)


def require_format(head: bytes, format_: Format, formats: Sequence[Format]) -> None:
    """Raises `UnreadableError` for an empty file and for one that begins as no file of `format_` does.

    `formats` are all formats, whose files are recognised whatever their names.
    """
    if format_.magic:
        _require_magic(head, format_, formats)
    else:
        _require_text(head, formats)


def _require_text(head: bytes, formats: Sequence[Format]) -> None:
    _require_content(head, "rows of text")
    kind = _recognised(head, formats)
    if kind:
        raise UnreadableError(Problem("text", kind.name, kind.remedy or _EXPORT))


def _require_magic(head: bytes, format_: Format, formats: Sequence[Format]) -> None:
    expected = _file_of(format_)
    _require_content(head, expected)
    if head.startswith(format_.magic):
        return
    kind = _recognised(head, formats)
    if kind:
        raise UnreadableError(Problem(expected, kind.name, kind.remedy or _EXPORT))
    raise UnreadableError(Problem(expected, _beginning(head), _RENAME))


def _require_content(head: bytes, expected: str) -> None:
    if not head:
        remedy = "Upload the file again: it may have been cut off."
        raise UnreadableError(Problem(expected, "an empty file (zero bytes)", remedy))


def _recognised(head: bytes, formats: Sequence[Format]) -> ContentKind | None:
    """The kind of file that is no table in text."""
    if head.startswith(ZIP_MAGIC):
        return _zip_kind(head)
    if head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        return _HTML
    if head[257:262] == b"ustar":
        return _TAR
    for kind in _kinds(formats):
        if head.startswith(kind.magic):
            return kind
    return None


def _kinds(formats: Sequence[Format]) -> Iterator[ContentKind]:
    yield from _FOREIGN_KINDS
    for format_ in formats:
        yield from format_.unsupported
        for magic in format_.magic:
            yield ContentKind(
                magic, _file_of(format_), f"Rename it to .{format_.extensions[0]}."
            )


def _zip_kind(head: bytes) -> ContentKind:
    is_office = b"[Content_Types].xml" in head or b"mimetypeapplication/" in head
    return _OFFICE if is_office else _ZIP


def _file_of(format_: Format) -> str:
    article = "an" if format_.name[0] in "AEIOU" else "a"
    return f"{article} {format_.name} file"


def _beginning(head: bytes) -> str:
    first_line = head.decode("utf-8", "ignore").strip().partition("\n")[0].rstrip()
    if first_line and first_line.isprintable():
        return f"text that begins with {quoted(first_line, 40)}"
    return "something else"
