from __future__ import annotations

import io
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from functions.inspect.formats import byte_lines
from functions.inspect.formats.byte_lines import ByteLines


def lines_of(content: bytes, limit: int = 1000) -> ByteLines:
    return ByteLines(io.BytesIO(content), limit)


@given(st.lists(st.sampled_from([b"a", b"b", b"\n", b"\r\n", b"\r"]), max_size=40))
def test_lines_are_those_of_splitlines(pieces: list[bytes]) -> None:
    content = b"".join(pieces)
    small = byte_lines.READ_BYTES
    byte_lines.READ_BYTES = 3
    try:
        assert list(lines_of(content)) == content.splitlines(keepends=True)
    finally:
        byte_lines.READ_BYTES = small


def test_a_mark_at_the_beginning_belongs_to_no_line() -> None:
    lines = lines_of(b"\xef\xbb\xbfa\nb\n")
    assert lines.position == 3
    assert list(lines) == [b"a\n", b"b\n"]
    assert lines.position == 7


def test_lines_go_on_behind_what_is_skipped() -> None:
    lines = lines_of(b"one\ntwo\nthree\nfour\n")
    stream = iter(lines)
    assert next(stream) == b"one\n"
    assert lines.peek(10) == b"two\nthree\n"
    lines.skip(10)
    assert lines.position == 14
    assert list(stream) == [b"four\n"]
    assert lines.peek(1) == b""


def test_a_line_that_is_too_long_is_not_read_to_its_end() -> None:
    lines = lines_of(b"x" * 10_000_000, limit=1000)
    first = next(islice(lines, 1))
    assert 1000 < len(first) <= 2 * byte_lines.READ_BYTES
