from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from functions.inspect.layouts import Plan
from functions.inspect.rows import drop_size, examination
from functions.inspect.rows.drop_size import (
    shard_count_problem,
    size_problem,
    text_size,
)
from tests.unit.functions.drops import SETTINGS, Desk, reviews
from tests.unit.functions.inspect.drop_files import drop_file

GIB = 2**30


def plan_of(*sizes: int) -> Plan:
    files = tuple(
        drop_file(f"part-{index}.csv", size) for index, size in enumerate(sizes)
    )
    return Plan("shards of one table", {"train": files})


def test_files_are_measured_together() -> None:
    assert size_problem(plan_of(GIB, GIB, GIB, GIB)) is None
    problem = size_problem(plan_of(3 * GIB, 2 * GIB))
    assert problem
    assert str(problem) == (
        "expected at most 4 GiB of data in a drop; found 5.0 GiB in 2 files. "
        "Drop a sample of the rows: a model seldom gains from more."
    )


def test_all_splits_count() -> None:
    plan = plan_of(3 * GIB)
    both = replace(plan, splits={**plan.splits, "test": plan.splits["train"]})
    assert size_problem(both)


def test_a_file_too_large_for_one_function_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drop_size, "MAX_BYTES", 100)
    desk = Desk(settings=replace(SETTINGS, parallel_inspect_mb=100 / 2**20))
    monkeypatch.setattr(desk.bucket, "open", lambda *_: pytest.fail("it was read"))
    seen = desk.inspect({"a.csv": reviews()})
    assert seen["outcome"] == "rejected"
    assert seen["problems"][0]["message"].endswith(
        "Split it into files of at most 1 GB named train-0000.…, train-0001.…; JSON Lines: "
        "`split -C 1000M -d -a 4 --additional-suffix=.jsonl a.csv train-`; CSV: "
        "`tail -n +2 a.csv | split -C 1000M -d -a 4 --filter='(head -n 1 a.csv; cat) > $FILE.csv' - train-`, "
        "where no text spans several lines."
    )


def test_more_shards_than_the_state_machine_takes_are_refused() -> None:
    assert shard_count_problem(1000) is None
    problem = shard_count_problem(1001)
    assert problem
    assert problem.expected == "at most 1,000 GiB of data in a drop"


def test_the_size_of_a_packed_file_is_that_of_its_text() -> None:
    assert text_size(drop_file("a.csv", 100)) == 100
    assert text_size(drop_file("a.csv.GZ", 100)) == 800


def test_what_unpacking_reveals_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "MAX_BYTES", 5_000)
    rows = "text,label\n" + "".join(
        f"{'very ' * 100} good {i},good\n" for i in range(30)
    )
    shard = gzip.compress(rows.encode())
    seen = Desk().inspect({"part-0.csv.gz": shard, "part-1.csv.gz": shard})
    assert seen["problems"][-1]["found"] == "more, once all files are unpacked"
