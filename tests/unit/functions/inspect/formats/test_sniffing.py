from __future__ import annotations

import io

import pytest

from functions.inspect.formats.contents import HEAD_BYTES, buffered
from functions.inspect.formats.sniffing import (
    HEAD_LINES,
    MAX_LABELS,
    cells_of,
    head_lines,
    is_even,
    is_identifier,
    is_label,
    is_text,
)

TEXTS = [f"a film of kind {index}" for index in range(6)]


def lines_of(content: bytes) -> list[str]:
    return head_lines(buffered(io.BytesIO(content)))


def test_the_first_lines_are_seen_without_being_read() -> None:
    stream = buffered(io.BytesIO(b"one\r\ntwo\n"))
    assert head_lines(stream) == ["one", "two"]
    assert stream.read() == b"one\r\ntwo\n"


def test_a_line_that_the_head_cuts_is_left_out() -> None:
    line = b"x" * 1000
    lines = lines_of(b"\n".join([line] * (2 * HEAD_BYTES // 1000)))
    assert {len(line) for line in lines} == {1000}


def test_at_most_so_many_lines_are_seen() -> None:
    assert len(lines_of(b"x\n" * 2 * HEAD_LINES)) == HEAD_LINES


def test_lines_are_decoded() -> None:
    assert lines_of("schön\ngut\n".encode("utf-16")) == ["schön", "gut"]


@pytest.mark.parametrize(
    ("lines", "cells"),
    [
        (["a, b", "", "c,d"], [["a", "b"], ["c", "d"]]),
        (['"a, b",c'], [["a, b", "c"]]),
        (['"a" b,c'], []),
    ],
)
def test_cells_are_split_and_stripped(lines: list[str], cells: list[list[str]]) -> None:
    assert cells_of(lines, ",") == cells


def test_without_quoting_a_quote_is_a_character() -> None:
    assert cells_of(['"a" b,c'], ",", quoting=False) == [['"a" b', "c"]]


def test_a_table_is_even() -> None:
    assert is_even([["a", "b"], ["c", "d"]])
    assert not is_even([["a", "b"], ["c"]])
    assert not is_even([["a"], ["c"]])
    assert not is_even([])


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (["good", "bad"] * 3, True),
        (["1", "0"] * 3, True),
        (["good"] * 6, False),
        (["good", "bad", ""] * 2, False),
        (["good", "a", "b", "c"], False),
        (["a name of more than four words", "bad"] * 3, False),
        (["x" * 41, "bad"] * 3, False),
        ([str(index) for index in range(MAX_LABELS + 1)] * 3, False),
    ],
)
def test_labels_are_few_short_names_that_repeat(
    column: list[str], expected: bool
) -> None:
    assert is_label(column) is expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (TEXTS, True),
        (["映画は良い", "映画は悪い", "まあまあ"], True),
        (["good", "bad", "poor"], False),
        (["a film"] * 6, False),
    ],
)
def test_texts_differ_and_have_several_words(column: list[str], expected: bool) -> None:
    assert is_text(column) is expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (["1", "2", "3"], True),
        (["NO_QUERY"] * 3, True),
        (["1", "1", "2"], False),
        (TEXTS, False),
    ],
)
def test_identifiers_all_differ_or_are_all_one(
    column: list[str], expected: bool
) -> None:
    assert is_identifier(column) is expected
