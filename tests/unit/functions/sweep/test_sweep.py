from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from functions.adapters.storage import StoredObject
from functions.explain.explain import Explainer
from functions.sweep.decisions import quiet_drops
from functions.sweep.sweep import Sweeper
from tests.unit.functions.deploy.test_release import made
from tests.unit.functions.fakes import (
    NOW,
    STACK,
    STAMP,
    MemoryLedger,
    MemoryLogs,
    MemorySageMaker,
    MemoryStorage,
    MemoryWorkflow,
    Outbox,
    now,
)
from tests.unit.functions.specs import RUN

NOTHING = {"outcome": "swept", "ended": 0, "cleaned": 0, "told": 0, "retired": 0, "started": 0}
ARN = f"execution-{RUN}"


class Swept:
    def __init__(
        self, ledger: MemoryLedger, sagemaker: MemorySageMaker, storage: MemoryStorage
    ) -> None:
        self.ledger, self.sagemaker, self.storage = ledger, sagemaker, storage
        self.workflow, self.outbox = MemoryWorkflow(), Outbox()

    def sweep(self) -> dict[str, object]:
        explainer = Explainer(self.ledger, self.sagemaker, MemoryLogs(), STACK)
        return Sweeper(
            ledger=self.ledger,
            storage=self.storage,
            workflow=self.workflow,
            explainer=explainer,
            notifications=self.outbox,
            bucket="data",
            settle_seconds=30,
            now=now,
        ).sweep()

    def drop(
        self, key: str = "datasets/reviews/all.csv", at: datetime = NOW - timedelta(minutes=5)
    ) -> None:
        self.storage.listed.append(StoredObject(key, 10, "etag", "v1", at))

    def claim_all(self) -> None:
        for item in quiet_drops(self.storage.listed, NOW, 30):
            self.ledger.claims[item.drop.model, item.drop.fingerprint] = RUN


class DeniedError(Outbox):
    def publish(self, message: object) -> None:
        raise RuntimeError("denied")


@pytest.fixture
def world(ledger: MemoryLedger, sagemaker: MemorySageMaker, storage: MemoryStorage) -> Swept:
    return Swept(ledger, sagemaker, storage)


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED", None, "SUCCEEDED"])
def test_a_run_whose_execution_is_gone_is_ended_and_told(status: str | None, world: Swept) -> None:
    world.ledger.add(RUN, status="training", training={"job": f"traindrop-{RUN}", "number": 1})
    world.sagemaker.add_job(f"traindrop-{RUN}")
    if status:
        world.workflow.statuses[ARN] = status
    assert world.sweep() == NOTHING | {"ended": 1}
    record = world.ledger.get_run(RUN)
    assert record.write()["status"] == "failed"
    expected = (
        f"({status or 'NOT FOUND'})" if status != "SUCCEEDED" else "ended without ending the run"
    )
    assert expected in record.write()["failure"]["cause"]
    assert world.sagemaker.jobs[f"traindrop-{RUN}"]["TrainingJobStatus"] == "Stopping"
    assert [detail["status"] for detail in world.outbox.details] == ["failed"]


def test_a_running_execution_keeps_its_run(world: Swept) -> None:
    world.ledger.add(RUN, status="training")
    world.workflow.statuses[ARN] = "RUNNING"
    assert world.sweep() == NOTHING


def test_a_run_that_had_ended_changes_nothing(world: Swept) -> None:
    world.ledger.add(
        RUN, status="failed", failure={"step": "train", "cause": "c", "remedy": "r", "log_tail": []}
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
    world.ledger.add(RUN, status="failed", steps=["deploying", "failed"], failure=failure)
    world.sagemaker.add_endpoint("traindrop-reviews", f"traindrop-{RUN}", "Failed")
    assert world.sweep() == NOTHING | {"cleaned": 1}
    assert world.sagemaker.endpoints["traindrop-reviews"]["EndpointStatus"] == "Deleting"
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


def test_a_drop_whose_execution_ended_without_a_run_is_left_alone(world: Swept) -> None:
    world.drop()
    world.sweep()
    world.workflow.statuses = dict.fromkeys(world.workflow.statuses, "SUCCEEDED")
    assert world.sweep() == NOTHING


def test_a_drop_whose_execution_died_is_started_three_times_at_most(world: Swept) -> None:
    world.drop()
    started = []
    for _ in range(5):
        started.append(world.sweep()["started"])
        world.workflow.statuses = dict.fromkeys(world.workflow.statuses, "FAILED")
    assert started == [1, 1, 1, 0, 0]


def test_a_drop_that_is_still_arriving_is_left_to_its_event(world: Swept) -> None:
    world.drop(at=NOW - timedelta(seconds=5))
    assert world.sweep() == NOTHING


def test_a_claimed_drop_is_left_alone(world: Swept) -> None:
    world.drop()
    world.claim_all()
    assert world.sweep() == NOTHING


def test_a_drop_that_an_execution_is_about_is_left_alone(world: Swept) -> None:
    world.drop()
    world.workflow.inputs = [{"detail": {"object": {"key": "datasets/reviews/other.csv"}}}]
    assert world.sweep() == NOTHING


def test_a_file_deleted_from_an_old_drop_starts_nothing(world: Swept) -> None:
    world.drop(at=NOW - timedelta(days=2))
    world.ledger.add("reviews-older", status="live")
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


OLD = "reviews-eeeeeeeeee"


@pytest.fixture
def superseded(world: Swept) -> str:
    """The config of a release that a live one replaced, and that nothing has retired yet."""
    world.ledger.add(OLD, status="superseded", notified="live", ended_at=STAMP)
    world.ledger.add(RUN, status="live", notified="live", ended_at=STAMP)
    world.ledger.model_records["reviews"]["previous_champion"] = OLD
    old = made(world.sagemaker, OLD)
    world.sagemaker.add_endpoint("traindrop-reviews", made(world.sagemaker, RUN))
    return old


def test_a_release_whose_grace_time_was_interrupted_is_retired(
    world: Swept, superseded: str
) -> None:
    world.workflow.statuses[ARN] = "FAILED"
    assert world.sweep() == NOTHING | {"retired": 1}
    assert superseded not in world.sagemaker.configs
    assert world.sweep() == NOTHING


def test_a_release_is_kept_during_its_grace_time(world: Swept, superseded: str) -> None:
    world.workflow.statuses[ARN] = "RUNNING"
    assert world.sweep() == NOTHING
    assert superseded in world.sagemaker.configs
