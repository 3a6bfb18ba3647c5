from __future__ import annotations

from typing import cast

import pytest

from contracts.model_record import Drop, ModelRecord
from contracts.outcomes import RESTART_ERROR
from contracts.run_record import Failure, RunRecord, RunStatus
from functions.adapters.ledger import Ledger
from functions.adapters.ledger_tries import NextTry
from functions.common.names import candidate_name, candidate_prefix, resource_name
from functions.common.tags import as_list, tags
from tests.chaos.table import call_directly, in_process_table
from tests.unit.functions.deploy.releases import made
from tests.unit.functions.fakes import (
    STACK,
    STAMP,
    MemoryLedger,
    Outbox,
    leases,
    now,
)
from tests.unit.functions.releases.ended_runs import EXECUTION, Runs
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
    outbox, denied = world.outbox, DeniedError()
    world.outbox = denied
    world.ledger.add(RUN, status="training")
    world.drop("datasets/news/all.csv")
    assert world.sweep() == NOTHING | {"ended": 1, "started": 1}
    assert world.ledger.get_run(RUN).write()["status"] == "failed"
    world.outbox = outbox
    assert world.sweep() == NOTHING | {"notified": 1}
    assert [message.subject for message in outbox.messages] == [
        "Traindrop: reviews failed"
    ]
    denied_details = [detail["status"] for detail in denied.details]
    assert (denied_details, outbox.details) == (["failed"], [])


def test_a_release_whose_grace_time_was_interrupted_is_retired(
    world: Swept, superseded: str
) -> None:
    world.workflow.statuses[ARN] = "FAILED"
    assert world.sweep() == NOTHING | {"retired": 1}
    assert superseded not in world.sagemaker.configs
    assert world.sweep() == NOTHING


def test_a_model_whose_run_the_ledger_lost_is_freed_and_said_so(world: Swept) -> None:
    world.ledger.add(RUN, status="training")
    del world.ledger.run_records[RUN]
    job = world.sagemaker.add_job(resource_name(STACK, RUN))
    world.arrivals.note("reviews", "datasets/reviews/", "datasets/reviews/a.csv", STAMP)
    assert world.sweep() == NOTHING | {"ended": 1, "started": 1}
    assert "active_run" not in world.ledger.model_records["reviews"]
    assert job["TrainingJobStatus"] == "Stopping"
    (message,) = world.outbox.messages
    assert "lost a run" in message.subject
    assert world.sweep()["ended"] == 0
    assert len(world.outbox.messages) == 1


def test_one_model_that_cannot_be_looked_at_holds_up_no_other(
    world: Swept, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"m{number}" for number in range(5)]
    for name in names:
        world.ledger.add(f"{name}-1", model=name, status="training")

    def status(execution: str) -> str | None:
        if execution == "execution-m0-1":
            raise RuntimeError("throttled")
        return "FAILED"

    monkeypatch.setattr(world.workflow, "status", status)
    assert world.sweep()["ended"] == len(names) - 1


@pytest.mark.parametrize("method", ["models", "unfinished_runs"])
def test_a_list_that_cannot_be_had_stops_nothing_else(
    world: Swept, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    world.ledger.add("m-1", model="m", status="live")

    def fail(limit: int | None = None) -> list[ModelRecord]:
        if limit == 1:
            return first
        raise RuntimeError("throttled")

    first = world.ledger.models(1)
    monkeypatch.setattr(world.ledger, method, fail)
    world.drop("datasets/news/all.csv")
    assert world.sweep() == NOTHING | {"started": 1}


def test_where_the_ledger_may_be_lost_everything_is_left_to_the_next_sweep(
    world: Swept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("throttled")

    monkeypatch.setattr(world.ledger, "models", fail)
    world.drop("datasets/news/all.csv")
    assert world.sweep() == {"outcome": "left"}


def test_an_old_run_that_left_something_is_found_behind_many_newer_ones() -> None:
    table = in_process_table().open(call_directly, [])
    ledger = Ledger(table, STACK, now)
    left = Failure(step="deploy", cause="c", remedy="r", leftovers=("endpoint: busy",))
    old = ledger.claim(Drop("m", "a" * 64, "v"), "e").run
    ledger.end(old, RunStatus.FAILED, failure=left, notified="failed")
    for number in range(30):
        run = ledger.claim(Drop("m", f"{number:064}"[::-1], "v"), "e").run
        ledger.end(run, RunStatus.REJECTED, notified="rejected")
    rejected = ledger.claim(Drop("m", "b" * 64, "v"), "e").run
    ledger.end(rejected, RunStatus.REJECTED)
    assert {run.run for run in ledger.unfinished_runs()} == {old, rejected}


@pytest.mark.parametrize("status", ["failed", ""])
def test_what_a_function_made_after_its_run_had_ended_is_removed(
    status: str, world: Swept
) -> None:
    if status:
        world.ledger.add(RUN, status=status, notified=status, ended_at=STAMP)
    owner = tags(STACK, "reviews", RUN)
    candidate, name = candidate_name(STACK, RUN), made(world.sagemaker, RUN)
    world.sagemaker.create_endpoint(candidate, name, owner)
    world.sagemaker.add_job(name, Tags=as_list(owner))
    assert world.sweep() == NOTHING | {"cleaned": 1}
    assert world.sagemaker.endpoints[candidate]["EndpointStatus"] == "Deleting"
    assert world.sagemaker.jobs[name]["TrainingJobStatus"] == "Stopping"
    assert (world.sagemaker.configs, world.sagemaker.models) == ({}, {})


def test_what_a_live_run_or_its_predecessor_has_stays(
    superseded: str, world: Swept
) -> None:
    world.workflow.statuses[ARN] = "RUNNING"
    assert world.sweep() == NOTHING
    assert set(world.sagemaker.configs) == {superseded, resource_name(STACK, RUN)}


def test_a_candidate_that_is_being_verified_stays(world: Swept) -> None:
    world.ledger.add(RUN, status="verifying")
    world.workflow.statuses[ARN] = "RUNNING"
    name = candidate_name(STACK, RUN)
    owner = tags(STACK, "reviews", RUN)
    world.sagemaker.create_endpoint(name, resource_name(STACK, RUN), owner)
    assert world.sweep() == NOTHING
    assert world.sagemaker.endpoints[name]["EndpointStatus"] == "Creating"


def test_a_model_called_like_candidates_keeps_its_endpoint(world: Swept) -> None:
    model = "candidate-reviews"
    world.ledger.add(RUN, model, status="live", notified="live", ended_at=STAMP)
    name = resource_name(STACK, model)
    assert name.startswith(candidate_prefix(STACK))
    world.sagemaker.create_endpoint(name, "c", tags(STACK, model))
    assert world.sweep() == NOTHING
    assert world.sagemaker.endpoints[name]["EndpointStatus"] == "Creating"


def test_a_run_that_the_end_of_the_local_cloud_cut_off_goes_on_and_nobody_is_told(
    world: Swept,
) -> None:
    runs = Runs()
    runs.inspected()
    runs.workflow.end_all("FAILED")
    runs.workflow.errors[EXECUTION] = RESTART_ERROR
    world.ledger, world.workflow = cast(MemoryLedger, runs.ledger), runs.workflow
    world.storage = runs.storage
    assert world.sweep() == NOTHING
    assert (runs.record.status, runs.record.try_number) == ("inspecting", 2)
    assert world.outbox.messages == []


def test_two_sweeps_at_once_after_the_end_of_the_local_cloud_are_one(
    world: Swept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one decided about the earlier execution: it does not end what the first one has gone on with."""
    runs = Runs()
    runs.workflow.end_all("FAILED")
    runs.workflow.errors[EXECUTION] = RESTART_ERROR
    world.ledger, world.workflow = cast(MemoryLedger, runs.ledger), runs.workflow
    world.storage, claim = runs.storage, Ledger.try_again

    def try_again(self: Ledger, record: RunRecord, following: NextTry) -> bool:
        """After the other sweep."""
        claim(self, record, following)
        return claim(self, record, following)

    monkeypatch.setattr(Ledger, "try_again", try_again)
    world.sweep()
    assert (runs.record.status, runs.record.try_number) == ("inspecting", 2)
    assert runs.record.failure is None


def test_a_sweep_beside_another_does_nothing(world: Swept) -> None:
    world.ledger.add(RUN, status="training")
    held = leases(world.arrivals)
    assert held.take("sweep", "the other", 120)
    assert world.sweep() == {"outcome": "left"}
    held.release("sweep", "the other")
    assert world.sweep() == NOTHING | {"ended": 1}
