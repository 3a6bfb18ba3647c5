"""What bills is booked once, whatever is repeated or cut off, and a budget refuses what does not fit."""

from __future__ import annotations

import pytest

from contracts.costs import CostCategory
from contracts.run_record import RunStatus
from tests.chaos.api_calls import delete_endpoint
from tests.chaos.faults import Call, Kind, Plan
from tests.chaos.invariants import violations
from tests.chaos.matrix import points
from tests.chaos.scenarios import MODEL, REALTIME, Scenario

OVER_BUDGET = Scenario(
    "over budget",
    RunStatus.FAILED,
    has_champion=False,
    settings=b"budget: {run_usd: 0.001}\n",
)


def _bookings() -> list[Call]:
    """The transactions of a run, among them those that note and book what it costs."""
    return [
        call for call, _ in points(REALTIME) if call.operation == "TransactWriteItems"
    ]


@pytest.mark.parametrize("kind", [Kind.LOST, Kind.DIES_AFTER, Kind.DIES_BEFORE])
@pytest.mark.parametrize(
    "call", _bookings(), ids=lambda call: f"{call.number} {call.function}"
)
def test_a_job_and_an_endpoint_are_booked_once(call: Call, kind: Kind) -> None:
    world = REALTIME.run(Plan.of(call.number, kind))
    assert violations(world) == []
    (serving,) = world.cost_book.running()
    assert (serving.category, serving.instance_type) == (
        CostCategory.ENDPOINT,
        "ml.m5.xlarge",
    )
    delete_endpoint(world, MODEL)
    world.finish()
    endpoint, training = sorted(
        world.booked_this_month(), key=lambda amount: amount.category
    )
    assert (training.category, training.billable_seconds > 0) == ("training", True)
    assert (endpoint.name, endpoint.since) == (serving.name, serving.since)
    assert world.cost_book.running() == []


def test_what_does_not_fit_its_budget_is_not_trained() -> None:
    world = OVER_BUDGET.run()
    assert violations(world) == []
    run = world.ledger.runs()[0]
    assert run.budget_refusal is not None
    assert run.estimate is not None
    assert (world.state.things.jobs, world.booked_this_month()) == ({}, [])


@pytest.mark.parametrize(
    ("function", "operation"),
    [
        ("CheckTraining", "TransactWriteItems"),
        ("CheckEndpoint", "DescribeEndpointConfig"),
    ],
)
def test_a_book_that_cannot_be_written_holds_up_no_run(
    function: str, operation: str
) -> None:
    """What it lacks is booked by the sweep, once somebody has mended it."""

    def is_of_the_book(call: Call) -> bool:
        return (call.function, call.operation) == (function, operation)

    world = REALTIME.run(Plan(is_of_the_book, Kind.DENIED))
    assert any(is_of_the_book(call) for call in world.trace.calls)
    (run,) = world.ledger.runs()
    assert run.status is RunStatus.LIVE
    assert violations(world) == []
    assert run.run in {cost.run for cost in world.booked_this_month()}
