from __future__ import annotations

import csv
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.inspect.formats import record_blocks
from functions.inspect.formats.record_blocks import end_of_rows


def columns_of(
    block: bytes, delimiter: bytes, width: int, positions: list[int], quoting: bool
) -> list[list[bytes]] | None:
    """Of rows none of which is unusual."""
    return record_blocks.columns_of(
        block, delimiter, width, positions, quoting, is_unusual=lambda _: False
    )


@pytest.mark.parametrize(
    ("block", "end"),
    [
        (b"a,b\nc,d\ne", 8),
        (b'a,"b\nc,d\ne', 0),
        (b'a,b\n"c\nd",e\nf,"g\n', 12),
        (b"no end", 0),
    ],
)
def test_a_block_ends_where_a_row_ends(block: bytes, end: int) -> None:
    assert end_of_rows(block, is_last=False, quoting=True) == end


def test_the_last_row_needs_no_end() -> None:
    assert end_of_rows(b"a,b\nc,d", is_last=True, quoting=True) == 7
    assert end_of_rows(b'a,b\nc,"d', is_last=True, quoting=True) == 4
    assert end_of_rows(b'a,b\nc,"d', is_last=True, quoting=False) == 8


def test_wanted_columns_of_quoted_and_plain_cells() -> None:
    block = b'1,"a ""b"", c\r\nd",x\r\n2,"",y\r\n3, plain ,z'
    columns = columns_of(block, b",", 3, [1, 2], quoting=True)
    assert columns == [[b'a "b", c\r\nd', b"", b"plain "], [b"x", b"y", b"z"]]


def test_quotes_without_meaning_are_part_of_the_text() -> None:
    assert columns_of(b'a "b\tc\n', b"\t", 2, [0, 1], quoting=False) == [
        [b'a "b'],
        [b"c"],
    ]


@pytest.mark.parametrize(
    "block",
    [
        b'a"b",c\n',
        b'"a"b,c\n',
        b'"a" ,c\n',
        b' "a",c\n',
        b"a\n",
        b"a,b,c\n",
        b"a\rb,c\n",
        b"\n",
    ],
)
def test_what_has_to_be_looked_at_is_not_split(block: bytes) -> None:
    assert columns_of(b"x,y\n" + block, b",", 2, [0, 1], quoting=True) is None


@given(st.text(st.sampled_from('ab ,"\n\r'), max_size=30))
def test_whatever_is_split_is_split_as_the_reader_of_csv_does(text: str) -> None:
    block = text.encode()
    if not text.endswith("\n") or end_of_rows(
        block, is_last=False, quoting=True
    ) != len(block):
        return
    columns = columns_of(block, b",", 2, [0, 1], quoting=True)
    if columns is None:
        return
    lines = block.decode().splitlines(keepends=True)
    records = list(csv.reader(lines, strict=True, skipinitialspace=True))
    assert [
        list(map(bytes.decode, row)) for row in zip(*columns, strict=True)
    ] == records


def test_rows_on_several_lines_are_shown_to_who_asked() -> None:
    seen: list[list[bytes]] = []

    def is_unusual(record: Sequence[bytes]) -> bool:
        seen.append(list(record))
        return len(seen) == 2

    block = b'a,1\n"b\nc",2\n"d, e",3\n"f ""g""\r\nh",4\n'
    columns = record_blocks.columns_of(
        block, b",", 2, [1], quoting=True, is_unusual=is_unusual
    )
    assert columns is None
    assert seen == [[b"b\nc", b"2"], [b'f "g"\r\nh', b"4"]]
