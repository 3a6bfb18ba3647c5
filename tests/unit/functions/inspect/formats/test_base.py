"""What every reader keeps to: it reads a file, compressed too, or says what is wrong with it."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.problems import Problem
from functions.inspect.formats import UnreadableError
from functions.inspect.formats.base import MAX_COLUMNS
from tests.properties import scaled
from tests.unit.functions.inspect.formats.tables import table
from tests.unit.functions.written import EXTENSIONS, as_written

ONE_ROW = {
    extension: as_written(extension, {"text": ["a"], "label": ["1"]})
    for extension in EXTENSIONS
}


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_every_format_is_read_compressed_too(extension: str) -> None:
    whole = table(ONE_ROW[extension], extension)
    names = {name: name for name in whole.columns}
    compressed = table(gzip.compress(ONE_ROW[extension]), f"{extension}.gz")
    assert compressed.columns == whole.columns
    assert list(compressed.rows(names)) == list(whole.rows(names))
    assert [row["text"] for row in whole.sample] == ["a"]


@pytest.mark.parametrize("extension", ["csv", "tsv", "json", "jsonl", "parquet"])
def test_a_table_of_very_many_columns_is_refused_in_every_format(
    extension: str,
) -> None:
    columns = {f"c{number}": ["1", "2"] for number in range(MAX_COLUMNS + 1)}
    with pytest.raises(UnreadableError, match="at most 5,000 columns; found 5,001"):
        table(as_written(extension, columns), extension)


ANY_EXTENSION = st.sampled_from(
    [extension + end for extension in EXTENSIONS for end in ("", ".gz")]
)


NASTY = st.lists(
    st.sampled_from(
        [
            '"',
            ",",
            ";",
            "\t",
            "\n",
            "\r",
            "\\",
            "{",
            "}",
            "[",
            "]",
            "\0",
            "ä",
            "\ufeff",
            "a",
            ":",
            "1e999",
            " ",
        ]
    )
).map("".join)


def read_whole(content: bytes, extension: str) -> None:
    try:
        opened = table(content, extension)
        for number, row in opened.rows({name: name for name in opened.columns}):
            assert number > 0
            assert isinstance(row, dict | Problem)
        opened.warnings()
    except UnreadableError as error:
        assert error.problem.expected


@settings(max_examples=scaled(250))
@given(st.binary(max_size=300), ANY_EXTENSION)
def test_random_bytes_never_break_a_reader(content: bytes, extension: str) -> None:
    read_whole(content, extension)
    if extension.endswith(".gz"):
        read_whole(gzip.compress(content, mtime=0), extension)


@settings(max_examples=scaled(250))
@given(
    NASTY, ANY_EXTENSION, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])
)
def test_nasty_text_never_breaks_a_reader(
    content: str, extension: str, encoding: str
) -> None:
    read_whole(("text,label\n" + content).encode(encoding, "replace"), extension)
