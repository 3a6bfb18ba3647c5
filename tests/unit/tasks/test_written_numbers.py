from __future__ import annotations

import pytest

from tasks.written_numbers import (
    EMPTY,
    MISSING,
    PLAIN,
    NumberFormat,
    form_of,
    format_of,
)

COLUMNS: dict[str, tuple[list[str], list[float]]] = {
    "decimal commas": (["3,5", "4", "0,125"], [3.5, 4, 0.125]),
    "decimal commas with groups": (["1.234,5", "3,5"], [1234.5, 3.5]),
    "groups by commas": (["6,896", "980", "1,234,567"], [6896, 980, 1_234_567]),
    "groups by commas and points": (["1,234.5", "3,000"], [1234.5, 3000]),
    "groups of three after a comma that is decimal elsewhere": (
        ["1,234", "0,5"],
        [1.234, 0.5],
    ),
    "percentages": (["85%", "7.5 %"], [85, 7.5]),
    "percentages with decimal commas": (["85,5%", "7%"], [85.5, 7]),
    "groups by thin spaces": (["1\u202f234", "-5"], [1234, -5]),
    "groups by points": (["1.234.567", "5"], [1_234_567, 5]),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_says_how_its_numbers_are_written(name: str) -> None:
    written, numbers = COLUMNS[name]
    number_format = format_of(str(form_of(text)) for text in written)
    assert number_format is not None
    assert [number_format.parse(text) for text in written] == numbers


@pytest.mark.parametrize("texts", [["3,5", "1,234.5"], ["85%", "0.85"]])
def test_contradicting_numbers_have_no_format(texts: list[str]) -> None:
    assert format_of(str(form_of(text)) for text in texts) is None


@pytest.mark.parametrize(
    "text", ["good", "3/5", "1,2,3", "12,34,56", "v1", "1-2", "$5", "5 stars"]
)
def test_what_is_no_number_has_no_form(text: str) -> None:
    assert form_of(text) is None


def test_missing_numbers_are_told_from_empty_cells() -> None:
    assert [form_of(""), form_of("n/a"), form_of("-"), form_of("-1")] == [
        EMPTY,
        MISSING,
        MISSING,
        PLAIN,
    ]
    assert format_of([EMPTY, MISSING, PLAIN]) == NumberFormat()
