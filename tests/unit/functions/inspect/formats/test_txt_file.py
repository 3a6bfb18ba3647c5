from __future__ import annotations

import pytest

from tests.unit.functions.inspect.formats.tables import table


@pytest.mark.parametrize("extension", ["txt", "text"])
def test_plain_text_gives_a_row_a_line_and_skips_blank_ones(extension: str) -> None:
    opened = table("one, two\r\n\n  \n\tthree  \nfour", extension)
    assert (opened.columns, opened.notes) == (("text",), [])
    assert opened.sample == [
        {"text": "one, two"},
        {"text": "\tthree  "},
        {"text": "four"},
    ]
    assert list(opened.rows({"text": "text"})) == [
        (1, {"text": "one, two"}),
        (4, {"text": "\tthree  "}),
        (5, {"text": "four"}),
    ]


def test_plain_text_is_read_in_every_encoding() -> None:
    lines = "naïve\n" * 150
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        opened = table(lines.encode(encoding), "txt")
        assert [row for _, row in opened.rows({"text": "text"})] == [
            {"text": "naïve"}
        ] * 150
    assert opened.encoding() == "UTF-8 and Windows-1252"
    assert opened.warnings() == [
        "150 lines not valid in UTF-8 (the first: line 1), read as Windows-1252. "
        "Save the file as UTF-8 if letters look wrong."
    ]
