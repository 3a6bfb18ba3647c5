from __future__ import annotations

from array import array
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.inspect.rows import splits as splitting
from functions.inspect.rows.keys import CLASS_BITS
from functions.inspect.rows.seen_rows import SeenRows
from functions.inspect.rows.splits import SplitPlan, plan_splits, seen_rows
from functions.inspect.rows.spool import Spool, key_of

Rows = list[tuple[tuple[int, ...], int]]
"""The numbers of a row's texts, and its class."""
TEXTS = st.lists(
    st.tuples(st.tuples(st.integers(0, 400)), st.integers(0, 3)),
    min_size=10,
    max_size=150,
)
PAIRS = st.lists(
    st.tuples(st.tuples(st.integers(0, 90), st.integers(100, 190)), st.just(0)),
    min_size=10,
    max_size=120,
)


def planned(
    rows: Rows, seen: SeenRows | None = None, *, are_shared: bool = False
) -> tuple[SplitPlan, SeenRows]:
    with TemporaryDirectory() as folder, Spool(Path(folder) / "train.spool") as spool:
        for number, (texts, class_id) in enumerate(rows, 1):
            words = [f"text {text}" for text in texts]
            key = key_of(" ".join(words), class_id)
            spool.add({"text": ""}, number, key, words if are_shared else ())
        plan = plan_splits({"train": spool}, seen)
        return plan, seen_rows({"train": spool}, plan)


def contents(rows: Rows) -> set[int]:
    keys = (key_of(" ".join(f"text {text}" for text in texts), 0) for texts, _ in rows)
    return {key >> CLASS_BITS for key in keys}


def disputed(rows: Rows) -> set[int]:
    return {
        item
        for item in contents(rows)
        if len({class_id for texts, class_id in rows if item in contents([(texts, 0)])})
        > 1
    }


@given(TEXTS, TEXTS)
def test_what_was_learnt_is_never_held_out_of_a_drop_that_grew(
    rows: Rows, more: Rows
) -> None:
    _, seen = planned(rows)
    plan, _ = planned(rows + more, seen)
    assert plan.is_redrawn or plan.held_out.isdisjoint(seen.learnt)


@given(TEXTS, TEXTS)
def test_what_was_held_out_stays_so_unless_its_label_is_disputed(
    rows: Rows, more: Rows
) -> None:
    _, seen = planned(rows)
    plan, _ = planned(rows + more, seen)
    large = {
        item
        for item in contents(more)
        if sum(item in contents([(texts, 0)]) for texts, _ in rows + more) > 1
    }
    expected = {*seen.held_out} - disputed(rows + more) - large
    assert plan.is_redrawn or expected <= plan.held_out


@given(PAIRS, PAIRS)
def test_rows_that_share_texts_keep_their_sides(rows: Rows, more: Rows) -> None:
    _, seen = planned(rows, are_shared=True)
    plan, _ = planned(rows + more, seen, are_shared=True)
    assert plan.is_redrawn or plan.held_out.isdisjoint(seen.learnt)
    assert plan.is_redrawn or {*seen.held_out} <= plan.held_out


@pytest.mark.parametrize(("before", "after"), [(20, 40), (1000, 1200), (1000, 5000)])
def test_a_fifth_of_what_is_new_is_held_out_too(before: int, after: int) -> None:
    rows: Rows = [((i,), i % 2) for i in range(after)]
    _, seen = planned(rows[:before])
    plan, _ = planned(rows, seen)
    assert len(plan.held_out) == after / 5
    assert {*seen.held_out} <= plan.held_out
    assert plan.held_out.isdisjoint(seen.learnt)
    assert not plan.is_redrawn


def test_a_large_drop_keeps_its_sides_though_not_all_contents_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(splitting, "MAX_CONTENTS", 1000)
    rows: Rows = [((i,), 0) for i in range(6000)]
    first, seen = planned(rows[:3000])
    learnt = contents(rows[:3000]) - first.held_out
    assert len(seen.learnt) == 1000 < len(learnt)
    plan, _ = planned(rows, seen)
    assert plan.held_out.isdisjoint(learnt)
    assert first.held_out <= plan.held_out
    assert not plan.is_redrawn


def test_where_everything_was_learnt_rows_are_held_out_anew() -> None:
    rows: Rows = [((i,), 0) for i in range(100)]
    learnt = array("Q", sorted(contents(rows)))
    plan, _ = planned(rows, SeenRows(array("Q"), learnt))
    assert plan.is_redrawn
    assert len(plan.held_out) == 20


def test_a_drop_of_other_rows_is_divided_as_a_first_one() -> None:
    rows: Rows = [((i,), i % 2) for i in range(1000, 1100)]
    _, seen = planned([((i,), i % 2) for i in range(100)])
    assert planned(rows, seen)[0].held_out == planned(rows)[0].held_out


def test_seen_rows_are_read_as_they_were_written() -> None:
    seen = SeenRows(array("Q", [1, 5]), array("Q", [2, 3, 4]), 9)
    assert SeenRows.from_bytes(seen.to_array().tobytes()) == seen
