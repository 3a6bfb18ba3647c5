from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

from functions.inspect.formats import Table, open_table
from functions.inspect.tables.spread_sample import with_spread_sample


def table_of(header: str, rows: list[str]) -> Table:
    return open_table(io.BytesIO("\n".join([header, *rows, ""]).encode()), "csv")


def spread(header: str, rows: list[str]) -> tuple[Table, Table, int]:
    """The table, what is made of it, and how often it was opened again."""
    opened = 0

    @contextmanager
    def reopened() -> Iterator[Table]:
        nonlocal opened
        opened += 1
        yield table_of(header, rows)

    table = table_of(header, rows)
    return table, with_spread_sample(table, reopened), opened


def test_a_column_that_changes_below_the_first_rows_is_seen_to_change() -> None:
    rows = [f"a text of some words {i},{int(i >= 300)}" for i in range(600)]
    table, shown, _ = spread("text,spam", rows)
    assert {row["spam"] for row in table.sample} == {"0"}
    assert {row["spam"] for row in shown.sample} == {"0", "1"}
    assert len(shown.sample) == len(table.sample)
    assert len(list(shown.rows({"text": "text"}))) == 600


def test_a_constant_column_and_columns_that_tasks_know_leave_the_sample_as_it_is() -> (
    None
):
    table, shown, opened = spread(
        "text,corpus", [f"a text {i},web" for i in range(300)]
    )
    assert shown is table
    assert opened == 1
    rows = [f"a text {i},{'a' if i < 200 else 'b'}" for i in range(300)]
    table, shown, opened = spread("text,label", rows)
    assert (shown is table, opened) == (True, 0)


def test_a_small_file_is_its_own_sample() -> None:
    table, shown, opened = spread("text,spam", [f"a text {i},0" for i in range(50)])
    assert (shown is table, opened) == (True, 0)
