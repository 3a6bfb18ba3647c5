from __future__ import annotations

import pytest

from tests.unit.functions.broken_drops import CONTENTS
from tests.unit.functions.drops import Desk, messages, reviews


@pytest.mark.parametrize(
    "name", [name for name in CONTENTS if name != "a cell without end"]
)
def test_one_cause_gives_one_problem(name: str) -> None:
    assert len(messages({"r.csv": CONTENTS[name][0]})) == 1


def test_the_first_twenty_problems_are_told_and_all_are_counted() -> None:
    seen = Desk().inspect({"r.csv": reviews(50) + ",good\n" * 30})
    assert [problem["row"] for problem in seen["problems"]] == list(range(52, 72))
    assert seen["problem_count"] == 30


def test_a_refused_run_stays_small_however_large_its_cells() -> None:
    row = "x" * 50_000 + "," + "y" * 50_000 + ",z\n"
    seen = Desk().inspect({"r.csv": reviews() + row * 30})
    assert seen["problem_count"] == 30
    assert len(str(seen)) < 20_000


def test_a_refused_drop_leaves_nothing_in_the_bucket() -> None:
    desk = Desk()
    desk.inspect({"r.csv": reviews(4)})
    assert list(desk.bucket.objects) == ["datasets/reviews/r.csv"]
