from __future__ import annotations

import pytest

from tests.unit.functions.inspect.formats.tables import BOTH, table


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
    assert [row for _, row in opened.rows(BOTH)] == [
        {"text": "naïve 漢字", "label": "1"}
    ]
    assert (opened.encoding(), opened.warnings()) == (name, [])


def test_what_is_not_utf8_is_read_as_windows_1252_with_a_warning() -> None:
    opened = table(
        b"text,label\nplain,1\n"
        + "“naïve” 5 €,2\n".encode("cp1252")
        + "naïve,1\n".encode()
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
