from __future__ import annotations

from functions.api.problem_types import PROBLEM_TYPES
from tools.docs.problems_table import BEGIN, END, table, update


def test_the_table_takes_the_place_of_the_old_one() -> None:
    assert (
        update(f"a\n{BEGIN}\nold\n{END}\nb\n") == f"a\n{BEGIN}\n{table()}\n{END}\nb\n"
    )


def test_every_kind_has_an_anchor() -> None:
    for code in PROBLEM_TYPES:
        assert f'<a id="{code}"></a>`urn:traindrop:problem:{code}`' in table()
    assert "wrong_api_key` (API Gateway) | 403 |" in table()
