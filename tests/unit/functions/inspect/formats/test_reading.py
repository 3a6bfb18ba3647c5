from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.problems import Problem
from functions.inspect.formats import Table, UnreadableError, open_table
from functions.inspect.formats.base import MAX_RECORD
from tests.properties import scaled
from tests.unit.functions.written import EXTENSIONS, as_written

BOTH = {"text": "text", "label": "label"}


def table(content: bytes | str, extension: str = "csv") -> Table:
    return open_table(
        io.BytesIO(content.encode() if isinstance(content, str) else content), extension
    )


def read(content: bytes | str, extension: str = "csv") -> list[tuple[int, Any]]:
    return list(table(content, extension).rows(BOTH))


def texts(content: bytes | str, extension: str = "csv") -> list[str]:
    return [row["text"] for _, row in read(content, extension)]


def test_a_csv_gives_rows_under_canonical_names() -> None:
    opened = table("id,review,sentiment\n1,fine,good\n2,dull,bad\n")
    assert opened.columns == ("id", "review", "sentiment")
    rows = list(opened.rows({"text": "review", "label": "sentiment"}))
    assert rows == [(2, {"text": "fine", "label": "good"}), (3, {"text": "dull", "label": "bad"})]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_read(end: str) -> None:
    assert texts(end.join(["text,label", "a,1", "b,2"]) + end) == ["a", "b"]
    assert texts(end.join(["text,label", "a,1", "b,2"])) == ["a", "b"]


def test_a_quoted_cell_keeps_line_breaks_commas_and_quotes() -> None:
    assert read('text,label\n"one\r\ntwo, ""three""",x\nb,y\n') == [
        (2, {"text": 'one\r\ntwo, "three"', "label": "x"}),
        (3, {"text": "b", "label": "y"}),
    ]


def test_spaces_around_names_and_before_quotes_do_not_matter() -> None:
    assert read(' text , label \n "a, b", x\n') == [(2, {"text": "a, b", "label": "x"})]


def test_blank_rows_are_skipped_and_counted_as_a_spreadsheet_does() -> None:
    opened = table("\ntext,label\na,1\n\n,\nb,2\n\n\n")
    assert [number for number, _ in opened.rows(BOTH)] == [3, 6]
    assert opened.warnings() == ["skipped 1 row without any value."]


def test_empty_cells_after_the_last_column_do_not_matter() -> None:
    assert texts("text,label\na,1,,\n") == ["a"]


def test_a_column_without_a_name_is_no_column() -> None:
    opened = table(",text,label\n0,a,1\n")
    assert opened.columns == ("text", "label")
    assert opened.sample == [{"text": "a", "label": "1"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_header_tells_the_delimiter(delimiter: str) -> None:
    opened = table(f"text{delimiter}label\na{delimiter}1\n")
    assert list(opened.rows(BOTH)) == [(2, {"text": "a", "label": "1"})]
    assert bool(opened.notes) == (delimiter != ",")


def test_a_spreadsheets_hint_at_the_delimiter_is_followed() -> None:
    assert read("sep=;\ntext;label\na,b;1\n") == [(3, {"text": "a,b", "label": "1"})]


def test_reading_goes_on_after_a_broken_row() -> None:
    rows = read('text,label\n"a"b,1\nc,2\nd\ne,3\n')
    assert [number for number, row in rows if isinstance(row, Problem)] == [2, 4]
    assert [row["text"] for _, row in rows if isinstance(row, dict)] == ["c", "e"]


@pytest.mark.parametrize(
    ("encoded", "name"),
    [
        ("text,label\nnaïve 漢字,1\n".encode(), "UTF-8"),
        ("text,label\nnaïve 漢字,1\n".encode("utf-8-sig"), "UTF-8"),
        ("text,label\nnaïve 漢字,1\n".encode("utf-16"), "UTF-16"),
        (b"\xfe\xff" + "text,label\nnaïve 漢字,1\n".encode("utf-16-be"), "UTF-16"),
    ],
)
def test_unicode_is_read_with_and_without_a_mark(encoded: bytes, name: str) -> None:
    opened = table(encoded)
    assert [row for _, row in opened.rows(BOTH)] == [{"text": "naïve 漢字", "label": "1"}]
    assert (opened.encoding(), opened.warnings()) == (name, [])


def test_what_is_not_utf8_is_read_as_windows_1252_with_a_warning() -> None:
    opened = table(
        b"text,label\nplain,1\n" + "“naïve” 5 €,2\n".encode("cp1252") + "naïve,1\n".encode()
    )
    assert [row["text"] for _, row in opened.rows(BOTH) if isinstance(row, dict)] == [
        "plain",
        "“naïve” 5 €",
        "naïve",
    ]
    assert opened.encoding() == "UTF-8 and Windows-1252"
    assert opened.warnings() == [
        "1 line not valid in UTF-8 (the first: line 3), read as Windows-1252. "
        "Save the file as UTF-8 if letters look wrong."
    ]


def test_a_tsv_without_quoting_keeps_its_quotes() -> None:
    opened = table('text\tlabel\n"so called film\t1\nit\'s "fine"\t2\n', "tsv")
    assert [row["text"] for _, row in opened.rows(BOTH) if isinstance(row, dict)] == [
        '"so called film',
        'it\'s "fine"',
    ]
    assert opened.notes == ["quote characters are read as part of the text"]


def test_a_tsv_with_quoting_is_read_with_it() -> None:
    assert texts('text\tlabel\n"one\ttwo\nthree"\t1\n', "tsv") == ["one\ttwo\nthree"]


def test_a_tsv_cell_may_be_open_where_the_sample_ends() -> None:
    rows = "".join(f"film {i}\t1\n" for i in range(198))
    assert texts(f'text\tlabel\n{rows}"one\ntwo"\t1\n', "tsv")[-1] == "one\ntwo"


def test_json_lines_keep_values_and_number_lines() -> None:
    assert read('{"text": "a", "label": 1}\n\n{"label": true, "text": null}\n', "jsonl") == [
        (1, {"text": "a", "label": 1}),
        (3, {"text": None, "label": True}),
    ]


def test_json_columns_are_the_keys_of_the_first_rows() -> None:
    assert table('{"a": 1}\n{" b ": 2, "a": 3}\n', "ndjson").columns == ("a", "b")


def test_a_json_array_is_read_element_by_element() -> None:
    content = json.dumps([{"text": f"{i} [{{]}}" * 200, "label": i} for i in range(300)], indent=1)
    rows = read(content, "json")
    assert [number for number, _ in rows] == list(range(1, 301))
    assert [row["label"] for _, row in rows] == list(range(300))


def test_a_json_file_may_hold_json_lines() -> None:
    assert texts('{"text": "a", "label": 1}\n{"text": "b", "label": 1}', "json") == ["a", "b"]


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    assert texts(
        '{"text": "a\\ud83d", "label": 1}\n{"text": "\\ud83d\\ude00", "label": 1}\n', "jsonl"
    ) == [
        "a\ufffd",
        "😀",
    ]


@pytest.mark.parametrize("line", ["[" * 100_000, "1" * 5000, '{"text": ' + "[" * 100_000])
def test_json_that_python_gives_up_on_is_a_problem(line: str) -> None:
    rows = read(f'{{"text": "a", "label": 1}}\n{line}\n', "jsonl")
    assert isinstance(rows[1][1], Problem)


def test_an_endless_json_element_is_not_read_to_its_end() -> None:
    with pytest.raises(UnreadableError, match="broken JSON at element 1"):
        read('[{"text": "' + "a" * 3 * MAX_RECORD, "json")


@pytest.mark.parametrize("extension", ["txt", "text"])
def test_plain_text_gives_a_row_a_line_and_skips_blank_ones(extension: str) -> None:
    opened = table("one, two\r\n\n  \n\tthree  \nfour", extension)
    assert (opened.columns, opened.notes) == (("text",), [])
    assert opened.sample == [{"text": "one, two"}, {"text": "\tthree  "}, {"text": "four"}]
    assert list(opened.rows({"text": "text"})) == [
        (1, {"text": "one, two"}),
        (4, {"text": "\tthree  "}),
        (5, {"text": "four"}),
    ]


def test_plain_text_is_read_in_every_encoding() -> None:
    lines = "naïve\n" * 150
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        opened = table(lines.encode(encoding), "txt")
        assert [row for _, row in opened.rows({"text": "text"})] == [{"text": "naïve"}] * 150
    assert opened.encoding() == "UTF-8 and Windows-1252"
    assert opened.warnings() == [
        "150 lines not valid in UTF-8 (the first: line 1), read as Windows-1252. "
        "Save the file as UTF-8 if letters look wrong."
    ]


ONE_ROW = {
    extension: as_written(extension, {"text": ["a"], "label": ["1"]}) for extension in EXTENSIONS
}


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_every_format_is_read_compressed_too(extension: str) -> None:
    whole = table(ONE_ROW[extension], extension)
    names = {name: name for name in whole.columns}
    compressed = table(gzip.compress(ONE_ROW[extension]), f"{extension}.gz")
    assert compressed.columns == whole.columns
    assert list(compressed.rows(names)) == list(whole.rows(names))
    assert [row["text"] for row in whole.sample] == ["a"]


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


@settings(max_examples=scaled(250), deadline=None)
@given(st.binary(max_size=300), ANY_EXTENSION)
def test_random_bytes_never_break_a_reader(content: bytes, extension: str) -> None:
    read_whole(content, extension)
    if extension.endswith(".gz"):
        read_whole(gzip.compress(content, mtime=0), extension)


@settings(max_examples=scaled(250), deadline=None)
@given(NASTY, ANY_EXTENSION, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
def test_nasty_text_never_breaks_a_reader(content: str, extension: str, encoding: str) -> None:
    read_whole(("text,label\n" + content).encode(encoding, "replace"), extension)


CELLS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"),
    min_size=1,
    max_size=20,
)


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=10))
def test_what_a_json_writer_writes_is_read_back(rows: list[tuple[str, str]]) -> None:
    objects = [{"text": text, "label": label} for text, label in rows]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in objects)
    assert [row for _, row in read(lines, "jsonl")] == objects
    assert [row for _, row in read(json.dumps(objects), "json")] == objects
