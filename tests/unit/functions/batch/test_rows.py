from __future__ import annotations

import gzip
import io

import pytest

from contracts.batch import BatchFormat
from functions.batch.rows import BatchFileError, read_table


def values(body: bytes) -> list[object]:
    return [row.value for row in read_table(io.BytesIO(body)).rows]


@pytest.mark.parametrize(
    "body",
    [
        b'id,review\n1,a film\n2,"two\nlines"\n',
        b'\xef\xbb\xbfid,review\r\n1,a film\r\n\r\n2,"two\nlines"\r\n',
        b'id;review\n1;a film\n2;"two\nlines"\n',
        b'id\treview\n1\ta film\n2\t"two\nlines"\n',
        'id,review\n1,a film\n2,"two\nlines"\n'.encode("utf-16"),
        gzip.compress(b'id,review\n1,a film\n2,"two\nlines"\n'),
    ],
    ids=["plain", "mark", "semicolons", "tabs", "utf-16", "gzip"],
)
def test_a_csv_is_read_however_it_was_saved(body: bytes) -> None:
    expected = [{"id": "1", "review": "a film"}, {"id": "2", "review": "two\nlines"}]
    assert values(body) == expected
    assert read_table(io.BytesIO(body)).format is BatchFormat.CSV


@pytest.mark.parametrize("body", [b'"text"\n"a"\n', b'"text","id"\n"a",1\n'])
def test_a_quoted_header_is_no_json(body: bytes) -> None:
    assert read_table(io.BytesIO(body)).header[0] == "text"


def test_json_lines_are_objects_or_texts() -> None:
    assert values(b'"a text"\n\n{"inputs": "b"}\n') == ["a text", {"inputs": "b"}]


def test_a_text_that_is_cut_in_the_middle_of_its_archive_is_refused() -> None:
    packed = gzip.compress(b"review\n" + b"a film\n" * 10_000)
    with pytest.raises(BatchFileError, match="whole gzip file"):
        values(packed[: len(packed) // 2])
