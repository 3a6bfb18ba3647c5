from __future__ import annotations

import pytest

from functions.inspect.formats.base import SAMPLE
from functions.inspect.formats.rows_in_cells import RowPattern
from tests.unit.functions.drops import Desk, reviews

TICKETS = [
    [f"ticket {i} of a parcel", "Shipping" if i % 2 else "Billing"] for i in range(40)
]
PAIRS = [[f"satz nummer {i}", f"sentence number {i}"] for i in range(40)]


def pattern(records: list[list[str]], delimiter: str = ",") -> RowPattern:
    return RowPattern(records, len(records[0]), delimiter)


@pytest.mark.parametrize(
    ("record", "lines", "rows"),
    [
        (["never closed,Shipping\na,Billing\nclosed", "Billing"], 3, 3),
        (["never closed,Shipping\r\na,Billing\r\nclosed", "Billing"], 3, 3),
        (["never closed,Shipping\ra,Billing\rclosed", "Billing"], 3, 3),
        (["never closed", "Shipping\na,Billing\nb,Shipping"], 3, 3),
        (
            ["a,Shipping\nb,Billing\nc,Billing\n\nd,Billing\ne,Billing\nf", "Billing"],
            7,
            6,
        ),
    ],
)
def test_rows_in_a_cell_are_seen_by_their_labels(
    record: list[str], lines: int, rows: int
) -> None:
    cell = pattern(TICKETS).rows_in(record)
    assert cell
    assert (cell.lines, cell.rows, cell.is_certain) == (lines, rows, True)


def test_numbers_show_rows_as_labels_do() -> None:
    scored = [[f"film {i}", f"{i}.5"] for i in range(40)]
    rows = pattern(scored).rows_in(["never closed,3.5\na,4\nclosed", "1.0"])
    assert rows and rows.is_certain
    assert (
        pattern(scored).rows_in(["never closed,three\na,four\nclosed", "1.0"]) is None
    )


def test_texts_alone_need_more_rows() -> None:
    cells = [f"satz {i},sentence {i}" for i in range(5)]
    certain = pattern(PAIRS).rows_in(["\n".join([*cells, "satz"]), "sentence"])
    doubtful = pattern(PAIRS).rows_in(["\n".join([*cells[:3], "satz"]), "sentence"])
    assert certain and certain.is_certain
    assert doubtful and not doubtful.is_certain
    assert pattern(PAIRS).rows_in(["\n".join([*cells[:2], "satz"]), "b"]) is None


def test_a_table_sorted_by_its_label_shows_one_label_only() -> None:
    first = [[f"ticket {i}", "Billing"] for i in range(SAMPLE)]
    lines = [f"ticket {i},Shipping" for i in range(6)]
    rows = pattern(first).rows_in(["\n".join([*lines, "closed"]), "Shipping"])
    assert rows and rows.is_certain


def test_one_row_too_many_is_doubtful() -> None:
    rows = pattern(TICKETS).rows_in(["never closed,Shipping\nclosed", "Billing"])
    assert rows
    assert (rows.rows, rows.is_certain) == (2, False)


@pytest.mark.parametrize(
    "text",
    [
        "one line, of prose",
        "Dear shop,\nmy parcel, which I ordered,\nis late\nYours, B",
        "Hello,\nShipping,\nBilling,\nthanks",
        "John Smith,\n12 Main St,\nSpringfield,\nIllinois,\nUSA,\nthe Earth",
        "a list:\nfood, Shipping\nmore, Billing\nend",
        "name,place\nAnna,Oslo\nBen,Bern\nCleo,Rome",
        "a,b\nc,d\ne,f\n",
        "for i in range(3):\n    print(i, i)\nprint(1,2)\ndone",
    ],
)
def test_texts_of_several_lines_are_texts(text: str) -> None:
    assert pattern(TICKETS).rows_in([text, "Billing"]) is None


def test_of_one_column_nothing_can_be_seen() -> None:
    assert pattern([["a text"]] * 20).rows_in(["a\nb\nc\nd\ne\nf\ng"]) is None


def test_a_warning_names_the_first_doubtful_row() -> None:
    doubtful = '"a long one,good\nanother",bad\n"a short one,good\nanother",bad\n'
    seen = Desk().inspect({"r.csv": reviews() + doubtful})
    assert seen["outcome"] == "ready"
    assert seen["warnings"] == [
        "r.csv: row 22 has a cell with lines that look like rows of the table, such as 'a long one,good', and 1 row "
        "more like it. If a quote there is not closed, close it: rows are missing."
    ]


def test_a_tab_in_a_later_row_does_not_take_rows_along() -> None:
    rows = [f"text {i}\t{'good' if i % 2 else 'bad'}" for i in range(400)]
    rows[300] = '"a tweet\tgood'
    rows[340] = 'of 15"\tbad'
    seen = Desk().inspect({"r.tsv": "\n".join(["text\tlabel", *rows])})
    [problem] = seen["problems"]
    assert problem["row"] == 302
    assert "one of 41 lines, in the row on lines 302 to 342" in problem["found"]
