from __future__ import annotations

import pytest

from functions.common.names import resource_name
from tests.unit.functions.fakes import (
    STACK,
    Outbox,
)
from tests.unit.functions.specs import RUN
from tests.unit.functions.sweep.swept import ARN, NOTHING, Swept


class DeniedError(Outbox):
    def publish(self, message: object) -> None:
        raise RuntimeError("denied")


@pytest.mark.parametrize(
    "status", ["FAILED", "TIMED_OUT", "ABORTED", None, "SUCCEEDED"]
)
def test_a_run_whose_execution_is_gone_is_ended_and_told(
    status: str | None, world: Swept
) -> None:
    world.ledger.add(
        RUN, status="training", training={"job": resource_name(STACK, RUN), "number": 1}
    )
    world.sagemaker.add_job(resource_name(STACK, RUN))
    if status:
        world.workflow.statuses[ARN] = status
    assert world.sweep() == NOTHING | {"ended": 1}
    record = world.ledger.get_run(RUN)
    assert record.write()["status"] == "failed"
    expected = (
        f"({status or 'NOT FOUND'})"
        if status != "SUCCEEDED"
        else "ended without ending the run"
    )
    assert expected in record.write()["failure"]["cause"]
    assert (
        world.sagemaker.jobs[resource_name(STACK, RUN)]["TrainingJobStatus"]
        == "Stopping"
    )
    assert [detail["status"] for detail in world.outbox.details] == ["failed"]


def test_a_running_execution_keeps_its_run(world: Swept) -> None:
    world.ledger.add(RUN, status="training")
    world.workflow.statuses[ARN] = "RUNNING"
    assert world.sweep() == NOTHING


def test_a_run_that_had_ended_changes_nothing(world: Swept) -> None:
    world.ledger.add(
        RUN,
        status="failed",
        failure={"step": "train", "cause": "c", "remedy": "r", "log_tail": []},
    )
    world.workflow.statuses[ARN] = "FAILED"
    assert world.sweep() == NOTHING
    assert world.outbox.messages == []


def test_a_model_held_by_an_ended_run_is_let_go(world: Swept) -> None:
    world.ledger.add(RUN, status="failed")
    world.ledger.model_records["reviews"]["active_run"] = RUN
    world.sweep()
    assert "active_run" not in world.ledger.model_records["reviews"]
    assert world.outbox.messages == []


def test_what_was_left_by_a_failed_run_is_removed(world: Swept) -> None:
    failure = {
        "step": "deploy",
        "cause": "c",
        "remedy": "r",
        "log_tail": [],
        "leftovers": ["endpoint: changing"],
    }
    world.ledger.add(
        RUN, status="failed", steps=["deploying", "failed"], failure=failure
    )
    world.sagemaker.add_endpoint(
        resource_name(STACK, "reviews"), resource_name(STACK, RUN), "Failed"
    )
    assert world.sweep() == NOTHING | {"cleaned": 1}
    assert (
        world.sagemaker.endpoints[resource_name(STACK, "reviews")]["EndpointStatus"]
        == "Deleting"
    )
    assert world.ledger.get_run(RUN).write()["failure"].get("leftovers") == []


def test_a_forgotten_drop_is_started_as_its_event_would_have(world: Swept) -> None:
    world.drop("datasets/Größe a+b/all.csv")
    assert world.sweep() == NOTHING | {"started": 1}
    ((name, event),) = world.workflow.started.items()
    assert event["detail"]["bucket"] == {"name": "data"}
    assert event["detail"]["object"] == {"key": "datasets/Größe a+b/all.csv"}
    assert name.isascii()
    assert len(name) <= 80


def test_a_drop_is_started_once(world: Swept) -> None:
    world.drop()
    world.sweep()
    assert world.sweep() == NOTHING


def test_an_end_that_could_not_be_told_is_told_by_the_next_sweep(world: Swept) -> None:
    outbox, world.outbox = world.outbox, DeniedError()
    world.ledger.add(RUN, status="training")
    world.drop("datasets/news/all.csv")
    assert world.sweep() == NOTHING | {"started": 1}
    assert world.ledger.get_run(RUN).write()["status"] == "failed"
    world.outbox = outbox
    assert world.sweep() == NOTHING | {"told": 1}
    assert [detail["status"] for detail in outbox.details] == ["failed"]


def test_a_release_whose_grace_time_was_interrupted_is_retired(
    world: Swept, superseded: str
) -> None:
    world.workflow.statuses[ARN] = "FAILED"
    assert world.sweep() == NOTHING | {"retired": 1}
    assert superseded not in world.sagemaker.configs
    assert world.sweep() == NOTHING
