from __future__ import annotations

import bz2
import gzip
import io
import lzma

import pyarrow as pa
import pytest

from functions.common.drop import PACKED_ENDINGS
from functions.inspect.formats import UnreadableError
from functions.inspect.formats.compression import (
    COMPRESSIONS,
    Compression,
    compression_of,
    unpacked,
    without_compression,
)

CONTENT = b"text,label\nso fine,good\n" * 10_000


def compressed(compression: Compression) -> bytes:
    match compression.ending:
        case ".gz":
            return gzip.compress(CONTENT)
        case ".bz2":
            return bz2.compress(CONTENT)
        case ".xz":
            return lzma.compress(CONTENT)
    return bytes(pa.compress(CONTENT, codec="zstd", asbytes=True))


EVERY = pytest.mark.parametrize(
    "compression", COMPRESSIONS, ids=lambda compression: compression.name
)


@EVERY
def test_the_content_comes_out_again(compression: Compression) -> None:
    content = compressed(compression)
    assert content.startswith(compression.magic)
    assert unpacked(io.BytesIO(content), compression).read() == CONTENT


@EVERY
def test_a_file_that_is_cut_off_is_refused(compression: Compression) -> None:
    content = compressed(compression)
    with pytest.raises(UnreadableError) as raised:
        unpacked(io.BytesIO(content[: len(content) // 2]), compression).read()
    problem = raised.value.problem
    assert problem.expected == f"a complete {compression.name} file"
    assert problem.found.startswith("a damaged one (")


@EVERY
def test_a_lost_connection_is_not_taken_for_damage(compression: Compression) -> None:
    class Lost(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionError

    stream = Lost()
    with pytest.raises(ConnectionError):
        unpacked(stream, compression).read(1)


@pytest.mark.parametrize(
    ("extension", "ending", "plain"),
    [
        ("csv.gz", ".gz", "csv"),
        ("gz", ".gz", ""),
        ("jsonl.zst", ".zst", "jsonl"),
        ("ft.bz2", ".bz2", "ft"),
        ("csv", None, "csv"),
        ("", None, ""),
        ("targz", None, "targz"),
    ],
)
def test_an_extension_may_name_a_compression(
    extension: str, ending: str | None, plain: str
) -> None:
    compression = compression_of(extension)
    assert (compression.ending if compression else None) == ending
    assert without_compression(extension) == plain


def test_names_of_files_know_every_compression() -> None:
    assert tuple(compression.ending for compression in COMPRESSIONS) == PACKED_ENDINGS
