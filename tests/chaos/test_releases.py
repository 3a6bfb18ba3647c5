"""Releases that are put live again, and runs that were kept back: what callers get, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.releases import PromotionKind
from contracts.run_record import RunRecord, RunStatus
from tests.chaos.api_calls import (
    delete_endpoint,
    promote,
    releases,
    roll_back,
    roll_back_once,
    status_and_code,
)
from tests.chaos.faults import Kind, Plan
from tests.chaos.invariants import violations
from tests.chaos.scenarios import (
    KEPT_BACK,
    MODEL,
    PROMOTE,
    REDEPLOY,
    ROLLBACK,
    ROLLBACK_FAILS,
)
from tests.chaos.things import Behaviour
from tests.chaos.world import World


def _status_and_body(answer: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return answer["statusCode"], json.loads(answer["body"])


def _require_live_at_the_end(world: World, run: str) -> None:
    world.finish()
    assert violations(world) == []
    assert _champion(world).run == run


def _champion(world: World) -> RunRecord:
    model = world.ledger.find_model(MODEL)
    assert model is not None
    return world.ledger.get_run(str(model.champion))


def test_a_rollback_trains_nothing_and_keeps_what_was_judged() -> None:
    world = ROLLBACK.begin()
    second, first = world.ledger.runs()
    jobs = set(world.state.things.jobs)
    status, page = _status_and_body(roll_back_once(world, MODEL))
    assert (status, page["run"], page["status"]) == (202, first.run, "deploying")
    world.finish()
    assert violations(world) == []
    assert set(world.state.things.jobs) == jobs
    live = _champion(world)
    assert (live.run, live.replaced) == (first.run, second.run)
    assert live.promotion is not None
    assert (live.promotion.kind, live.promotion.replaces) == (
        PromotionKind.ROLLBACK,
        second.run,
    )
    kept = ("evaluation", "report", "card", "archive", "spec", "data")
    assert [getattr(live, name) for name in kept] == [
        getattr(first, name) for name in kept
    ]
    assert world.ledger.get_run(second.run).status is RunStatus.SUPERSEDED


def test_releases_are_listed_with_their_states_the_newest_first() -> None:
    world = KEPT_BACK.run()
    kept, first = world.ledger.runs()
    promote(world, kept.run)
    world.finish()
    listed = _status_and_body(releases(world, MODEL))[1]["releases"]
    assert [(line["run"], line["state"]) for line in listed] == [
        (kept.run, "live"),
        (first.run, "previous"),
    ]
    assert listed[0]["promotion"]["kind"] == "promote"
    assert [line["metric"] for line in listed] == ["accuracy"] * 2
    assert _status_and_body(releases(world, MODEL, limit="1"))[1]["releases"] == [
        listed[0]
    ]


def test_a_rollback_asked_for_again_does_not_go_back_further() -> None:
    world = ROLLBACK.begin()
    first, again = (roll_back_once(world, MODEL) for _ in range(2))
    assert _status_and_body(first) == _status_and_body(again)
    assert len(world.running) == 1
    world.finish()
    assert status_and_code(roll_back_once(world, MODEL)) == (409, "rolled_back_already")
    status, page = _status_and_body(roll_back(world, _champion(world).run))
    assert (status, page["message"]) == (200, f"{page['run']} is live already.")
    # By name a person may go to any release, and back.
    second = next(run for run in world.ledger.runs() if run.run != page["run"])
    assert roll_back(world, second.run)["statusCode"] == 202
    _require_live_at_the_end(world, second.run)


def test_a_rollback_in_the_grace_time_of_the_release_before() -> None:
    world = REDEPLOY.begin()
    first = _champion(world)
    REDEPLOY.drop(world)
    while _champion(world).run == first.run:
        world.advance(5)
    assert world.running
    assert roll_back_once(world, MODEL)["statusCode"] == 202
    _require_live_at_the_end(world, first.run)


def test_a_failed_rollback_leaves_the_live_model_and_may_be_asked_for_again() -> None:
    world = ROLLBACK_FAILS.run()
    second, first = world.ledger.runs()
    assert _champion(world).run == second.run
    assert (first.status, first.was_live) == (RunStatus.FAILED, True)
    states = {
        line["run"]: line["state"]
        for line in _status_and_body(releases(world, MODEL))[1]["releases"]
    }
    assert states == {second.run: "live", first.run: "previous"}
    world.behaviour = Behaviour()
    assert roll_back(world, first.run)["statusCode"] == 202
    _require_live_at_the_end(world, first.run)


def test_a_release_is_put_live_again_after_its_endpoint_was_deleted() -> None:
    world = ROLLBACK.begin()
    delete_endpoint(world, MODEL)
    second = world.ledger.runs()[0]
    world.advance(300)
    assert roll_back_once(world, MODEL)["statusCode"] == 202
    _require_live_at_the_end(world, second.run)


def test_while_a_run_holds_the_model_a_rollback_is_refused_with_its_name() -> None:
    world = ROLLBACK.begin()
    REDEPLOY.drop(world, seed=3)
    world.advance(200)
    third = world.ledger.runs()[0]
    status, body = _status_and_body(roll_back_once(world, MODEL))
    assert (status, body["error"]["code"], body["error"]["run"]) == (
        409,
        "model_busy",
        third.run,
    )
    world.finish()
    assert violations(world) == []


def test_a_drop_that_comes_meanwhile_waits_and_goes_live_after_the_rollback() -> None:
    world = ROLLBACK.begin()
    roll_back_once(world, MODEL)
    REDEPLOY.drop(world, seed=3)
    world.finish()
    assert violations(world) == []
    third = world.ledger.runs()[0]
    assert _champion(world).run == third.run
    assert third.replaced == world.ledger.runs()[2].run


def test_what_was_never_judged_or_is_of_another_model_is_409() -> None:
    world = PROMOTE.begin()
    kept = world.ledger.runs()[0].run
    assert status_and_code(roll_back(world, kept)) == (409, "never_live")
    world.behaviour = Behaviour(jobs_fail=True)
    REDEPLOY.drop(world, seed=3)
    world.finish()
    failed = world.ledger.runs()[0].run
    assert status_and_code(promote(world, failed)) == (409, "not_released")
    world.behaviour = Behaviour()
    world.upload("other", b"text,label\n" + b"a,b\nc,d\n" * 20)
    world.advance(100)
    other = world.ledger.runs()[0].run
    assert status_and_code(_of_model(world, other)) == (409, "run_of_another_model")
    world.finish()


def _of_model(world: World, run: str) -> dict[str, Any]:
    return promote(world, run, model=MODEL)


def test_only_so_many_releases_are_kept_and_the_live_one_always() -> None:
    world = REDEPLOY.begin()
    for seed in range(2, 10):
        REDEPLOY.drop(world, seed=seed)
        world.finish()
    assert violations(world) == []
    runs = world.ledger.runs()
    states = [
        line["state"]
        for line in _status_and_body(releases(world, MODEL))[1]["releases"]
    ]
    assert states == ["live", *["previous"] * 5, *["removed"] * 3]
    for run in runs[6:]:
        assert not [key for key in world.state.objects if run.run in key]
        assert run.evaluation is not None
    assert status_and_code(roll_back(world, runs[6].run)) == (409, "release_removed")
    assert roll_back(world, runs[5].run)["statusCode"] == 202
    world.finish()
    assert violations(world) == []


@pytest.mark.parametrize("kind", [Kind.DENIED, Kind.DIES_BEFORE, Kind.OUTAGE_1_H])
def test_a_removal_that_was_cut_off_is_finished(kind: Kind) -> None:
    world = REDEPLOY.begin()
    for seed in range(2, 7):
        REDEPLOY.drop(world, seed=seed)
        world.finish()
    first = world.ledger.runs()[-1].run
    world.plan = Plan(lambda call: call.operation == "DeleteObjects", kind)
    REDEPLOY.drop(world, seed=7)
    world.finish()
    assert not [key for key in world.state.objects if first in key]
    assert world.ledger.get_run(first).removing is None
    assert violations(world) == []
