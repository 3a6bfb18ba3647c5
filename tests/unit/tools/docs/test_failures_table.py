from __future__ import annotations

from functions.explain.known_failures import FACTS, RECOGNISED
from tools.docs.failures_table import BEGIN, END, table, update


def test_the_table_takes_the_place_of_the_old_one() -> None:
    assert (
        update(f"a\n{BEGIN}\nold\n{END}\nb\n") == f"a\n{BEGIN}\n{table()}\n{END}\nb\n"
    )


def test_every_failure_has_a_row() -> None:
    assert len(table().splitlines()) == 2 + len(RECOGNISED) + len(FACTS)


def test_angle_brackets_are_no_html() -> None:
    assert "base-models/&lt;model id>/" in table()
