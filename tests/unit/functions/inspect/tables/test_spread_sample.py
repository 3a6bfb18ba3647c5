from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from functions.common.drop import DropFile, StoredObject
from functions.inspect.formats import Table, open_table
from functions.inspect.tables.spread_sample import spread_over, with_spread_sample


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


def test_a_column_that_changes_from_file_to_file_is_seen_to_change() -> None:
    def opened(name: str, header: str = "text,kind of") -> Callable[[], Any]:
        rows = [f"a text {i},{name}" for i in range(20)]
        return lambda: nullcontext(table_of(header, rows))

    first = opened("a")()
    with first as table:
        others = [opened("b"), opened("c", "body,kind of")]
        shown = with_spread_sample(table, opened("a"), others)
    assert [row["kind of"] for row in shown.sample] == ["a"] * 20 + ["b"] * 20
    assert with_spread_sample(table, opened("a"), [opened("a")]) is table


def test_files_from_all_over_are_the_first_the_last_and_some_between() -> None:
    stored = StoredObject("k", 1, "e", "v", datetime.now(UTC))
    files = [DropFile(f"{i}", stored) for i in range(10)]
    for count, names in ((1, "0"), (2, "09"), (3, "049"), (20, "0123456789")):
        assert "".join(file.name for file in spread_over(files, count)) == names
    assert spread_over(files[:1], 3) == files[:1]
