"""Runs that wait for a person: what goes live, when, and what a yes or a no means then."""

from __future__ import annotations

import json

import pytest

from contracts.releases import ApprovalDecision, PromotionKind
from contracts.run_record import RunStatus
from functions.releases.states import superfluous
from tests.chaos.api_calls import approve, promote, reject, releases, status_and_code
from tests.chaos.invariants import violations
from tests.chaos.scenarios import (
    HELD,
    MODEL,
    NEEDS_APPROVAL,
    REDEPLOY,
    Scenario,
    archive,
)
from tests.chaos.world import World

DAY = 86_400


def _champion(world: World) -> str | None:
    model = world.ledger.find_model(MODEL)
    return model.champion if model else None


def _state(world: World, run: str) -> str:
    lines = json.loads(releases(world, MODEL)["body"])["releases"]
    return str(next(line["state"] for line in lines if line["run"] == run))


@pytest.fixture
def world() -> World:
    """A live release, and a newer run that waits for two days."""
    return HELD.run()


def test_a_run_that_waits_changes_nothing_and_says_how_to_approve_it(
    world: World,
) -> None:
    held, live = world.ledger.runs()
    assert violations(world) == []
    assert (held.status, _champion(world)) == (RunStatus.KEPT_BACK, live.run)
    assert held.approval is not None
    assert held.approval.champion == live.run
    assert _state(world, held.run) == "waiting for approval"
    assert [thing for thing in world.state.things.models if held.run in thing] == []
    (mail,) = [text for text in map(str, world.state.mails) if held.run in text]
    assert "waits for your approval" in mail
    assert f"/runs/{held.run}/approve" in mail
    assert f"/runs/{held.run}/reject" in mail
    # It holds nothing: a newer drop is trained.
    REDEPLOY.drop(world, seed=3)
    world.finish()
    assert len(world.ledger.runs()) == 3


def test_an_approved_run_goes_live_without_training(world: World) -> None:
    held, live = world.ledger.runs()
    jobs = set(world.state.things.jobs)
    assert approve(world, held.run)["statusCode"] == 202
    assert approve(world, held.run)["statusCode"] == 202
    assert status_and_code(reject(world, held.run)) == (409, "approved_already")
    world.finish()
    assert violations(world) == []
    assert (set(world.state.things.jobs), _champion(world)) == (jobs, held.run)
    record = world.ledger.get_run(held.run)
    assert record.promotion is not None
    assert record.promotion.kind is PromotionKind.APPROVAL
    assert record.promotion.replaces == live.run
    assert record.approval is not None
    assert record.approval.decision is ApprovalDecision.APPROVED
    assert approve(world, held.run)["statusCode"] == 200


def test_a_rejected_run_stays_kept_back_and_may_still_be_promoted(
    world: World,
) -> None:
    held, live = world.ledger.runs()
    for _ in range(2):
        assert reject(world, held.run)["statusCode"] == 200
    assert status_and_code(approve(world, held.run)) == (409, "approval_rejected")
    assert (_champion(world), _state(world, held.run)) == (live.run, "kept back")
    assert promote(world, held.run)["statusCode"] == 202
    world.finish()
    assert _champion(world) == held.run
    record = world.ledger.get_run(held.run)
    assert record.promotion is not None
    assert record.promotion.kind is PromotionKind.PROMOTE


def test_after_the_deadline_nobody_approves(world: World) -> None:
    held, live = world.ledger.runs()
    world.advance(2 * DAY)
    assert status_and_code(approve(world, held.run)) == (409, "approval_expired")
    assert (_champion(world), _state(world, held.run)) == (live.run, "kept back")


def test_a_sweep_keeps_the_archive_of_what_may_be_approved(world: World) -> None:
    held, _ = world.ledger.runs()
    model = world.ledger.find_model(MODEL)
    assert model is not None

    def removed() -> list[str]:
        kept = world.ledger.runs_with_archives()
        return [run.run for run in superfluous(kept, model, 0, world.now())]

    assert removed() == []
    world.advance(2 * DAY)
    assert removed() == [held.run]


def test_what_was_judged_beside_another_model_is_not_approved(world: World) -> None:
    held = world.ledger.runs()[0]
    REDEPLOY.drop(world, seed=3)
    world.finish()
    newer = world.ledger.runs()[0]
    assert _champion(world) == newer.run
    assert status_and_code(approve(world, held.run)) == (409, "approval_outdated")
    assert _champion(world) == newer.run


def test_a_run_that_nobody_is_asked_about_is_not_approved(world: World) -> None:
    live = world.ledger.runs()[1]
    for decide in (approve, reject):
        assert status_and_code(decide(world, live.run)) == (
            409,
            "no_approval_requested",
        )


def test_an_archive_waits_as_a_trained_model_does() -> None:
    scenario = Scenario(
        "held archive",
        RunStatus.KEPT_BACK,
        has_champion=False,
        file="model.tar.gz",
        content=archive,
        settings=NEEDS_APPROVAL,
    )
    world = scenario.run()
    (held,) = world.ledger.runs()
    assert violations(world) == []
    assert (held.status, _champion(world)) == (RunStatus.KEPT_BACK, None)
    approve(world, held.run)
    world.finish()
    assert violations(world) == []
    assert _champion(world) == held.run
