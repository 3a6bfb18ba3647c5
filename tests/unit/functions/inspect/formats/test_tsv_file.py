from __future__ import annotations

from tests.unit.functions.inspect.formats.tables import BOTH, table, texts


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
