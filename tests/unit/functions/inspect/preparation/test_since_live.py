from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts import locations
from functions.inspect.preparation import since_live
from functions.inspect.sharded_inspection import ShardedInspection
from tests.unit.functions.drops import Desk, reviews
from tests.unit.functions.inspect.ready_drops import rows
from tests.unit.functions.inspect.shards.sharded_desk import SHARDED, DropResult

OCTOBER, NOVEMBER = "train/2026-10.csv", "train/2026-11.csv"


def go_live(desk: Desk, run: str) -> None:
    """What Judge and Promote leave of a run."""
    for source, target in (
        (locations.spec_key(run), locations.kept_spec_key(run)),
        (locations.seen_rows_key(run), locations.kept_seen_rows_key(run)),
    ):
        desk.bucket.objects[target] = desk.bucket.objects[source]
    desk.ledger.run_records[run]["status"] = "live"
    record = desk.ledger.model_records["reviews"]
    record["champion"] = run
    record["active_run"] = None


def live_with_october() -> tuple[Desk, dict[str, Any]]:
    desk = Desk()
    seen = desk.inspect({OCTOBER: reviews(100)})
    go_live(desk, seen["run"])
    return desk, seen


def test_a_first_drop_is_compared_with_nothing() -> None:
    assert "since_live" not in Desk().inspect({OCTOBER: reviews(100)})["data"]


def test_a_run_says_what_is_new_since_the_live_release() -> None:
    desk, first = live_with_october()
    seen = desk.inspect({NOVEMBER: reviews(60, start=100)})
    assert seen["data"]["since_live"] == {
        "run": first["run"],
        "rows": 60,
        "added": {NOVEMBER: 60},
    }
    assert (
        f"Since the live release ({first['run']}): 60 rows more; new: '{NOVEMBER}'."
        in seen["data"]["reasons"]
    )


def test_a_file_that_was_replaced_and_one_that_is_gone_are_named() -> None:
    desk = Desk()
    first = desk.inspect({OCTOBER: reviews(100), NOVEMBER: reviews(60, start=100)})
    go_live(desk, first["run"])
    del desk.bucket.objects[f"datasets/reviews/{NOVEMBER}"]
    seen = desk.inspect({OCTOBER: reviews(100, start=500)})
    assert seen["data"]["since_live"] == {
        "run": first["run"],
        "rows": -60,
        "changed": {OCTOBER: 0},
        "removed": {NOVEMBER: 60},
    }


def test_rows_keep_their_sides_as_a_drop_grows() -> None:
    desk, first = live_with_october()
    second = desk.inspect({NOVEMBER: reviews(900, start=100)})
    learnt = {*rows(desk, first["run"], "train")}
    held_out = {*rows(desk, first["run"], "test")}
    assert learnt <= {*rows(desk, second["run"], "train")}
    assert held_out <= {*rows(desk, second["run"], "test")}
    assert second["data"]["rows"] == {"train": 800, "test": 200}


def test_rows_of_a_file_that_repeats_old_ones_keep_their_sides() -> None:
    desk, first = live_with_october()
    second = desk.inspect({NOVEMBER: reviews(100, start=50)})
    learnt = {*rows(desk, first["run"], "train")}
    assert learnt.isdisjoint(rows(desk, second["run"], "test"))


def test_rows_that_the_live_model_learnt_are_held_out_with_a_warning() -> None:
    desk, first = live_with_october()
    lines = [",".join(row) for row in rows(desk, first["run"], "train")]
    seen = desk.inspect({OCTOBER: "\n".join(["text,label", *lines])})
    warnings = " ".join(seen["warnings"])
    assert seen["data"]["rows"] == {"train": 64, "test": 16}
    assert "The live model may have learnt some of the held-out rows" in warnings


@pytest.mark.parametrize("key", [locations.SPEC, locations.SEEN_ROWS])
def test_a_release_of_which_nothing_is_kept_changes_nothing(key: str) -> None:
    desk, first = live_with_october()
    del desk.bucket.objects[locations.document_key(first["run"], key)]
    seen = desk.inspect({NOVEMBER: reviews(60, start=100)})
    assert seen["outcome"] == "ready"
    assert ("since_live" in seen["data"]) == (key != locations.SPEC)


def test_no_live_release_needs_no_sentence() -> None:
    assert since_live.reasons(None) == []


def test_a_drop_in_shards_keeps_the_sides_of_rows() -> None:
    desk, first = live_with_october()
    desk.inspection = replace(desk.inspection, settings=SHARDED)
    second = desk.inspect({NOVEMBER: reviews(900, start=100)})
    sharded = ShardedInspection(desk.inspection)
    answer = sharded.take_all(second["run"], second["shards"])
    assert answer["outcome"] == "ready"
    result = DropResult(desk, desk.ledger.run_records[second["run"]])
    for split in ("train", "test"):
        before = desk.bucket.objects[locations.rows_key(first["run"], split)]
        after = result.channels[f"{split}/rows.jsonl"]
        assert {*before.splitlines()} <= {*after.splitlines()}
    assert result.record["data"]["since_live"]["added"] == {NOVEMBER: 900}
