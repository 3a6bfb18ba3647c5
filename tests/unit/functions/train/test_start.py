from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts import locations
from contracts.costs import CostEstimate
from functions.common.names import job_name
from functions.costs.estimate import Estimator
from functions.costs.prices import Prices
from functions.explain.diagnosis import diagnose, evidence_of
from functions.train.start import Starter
from tests.unit.functions.fakes import (
    NOW,
    MemoryLedger,
    MemorySageMaker,
    MemoryStorage,
    cost_book,
)
from tests.unit.functions.specs import RUN, leave_spec, spec
from tests.unit.functions.train.starting import JOB, training

CHAMPION_ARCHIVE = "models/reviews-1/model.tar.gz"


def test_creates_the_job_on_the_first_type_and_records_it(
    starter: Starter,
    sagemaker: MemorySageMaker,
    ledger: MemoryLedger,
    storage: MemoryStorage,
) -> None:
    assert starter.start(RUN, 0) == {"outcome": "started"}
    assert sagemaker.calls == [("create_job", JOB, "ml.a")]
    assert training(ledger) == {
        "job": JOB,
        "number": 1,
        "instance_type": "ml.a",
        "spot": True,
        "tries": [],
    }
    assert ledger.get_run(RUN).write()["status"] == "training"
    source = sagemaker.jobs[JOB]["HyperParameters"]["sagemaker_submit_directory"]
    assert source.removeprefix("s3://data/") in storage.objects


def test_the_estimate_is_in_the_record_before_the_job_is_created(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger
) -> None:
    recorded: list[CostEstimate | None] = []
    create_job = sagemaker.create_job

    def create(request: dict[str, Any]) -> bool:
        recorded.append(ledger.get_run(RUN).estimate)
        return create_job(request)

    sagemaker.create_job = create  # type: ignore[method-assign]
    starter.start(RUN, 0)
    (estimate,) = recorded
    assert estimate is not None
    assert estimate.made_at == NOW.isoformat(timespec="seconds")
    types = [item.instance_type for item in estimate.instances]
    assert types == ["ml.a", "ml.b", "ml.c"]
    assert "unknown price of ml.a, ml.b, ml.c" in estimate.sentence


def test_an_estimate_is_made_once_a_try(starter: Starter, ledger: MemoryLedger) -> None:
    earlier = CostEstimate(made_at="2026-01-01T00:00:00+00:00")
    ledger.record(RUN, estimate=earlier)
    starter.start(RUN, 0)
    assert ledger.get_run(RUN).estimate == earlier


def test_a_training_that_does_not_fit_its_budget_is_not_started(
    starter: Starter,
    sagemaker: MemorySageMaker,
    ledger: MemoryLedger,
    storage: MemoryStorage,
) -> None:
    compute = spec()["compute"] | {"instance_types": ["ml.m5.xlarge"]}
    leave_spec(ledger, storage, compute=compute, budget={"run_usd": 0.01})
    starter = replace(
        starter, estimator=Estimator(Prices("us-east-1", None), cost_book())
    )
    assert starter.start(RUN, 0) == {"outcome": "refused"}
    assert sagemaker.calls == []
    record = ledger.get_run(RUN)
    assert record.estimate is not None
    assert record.budget_refusal is not None
    event = {"step": "train", "error": "", "cause": ""}
    diagnosis = diagnose(evidence_of(event, record, None, []))
    assert diagnosis.cause.startswith(
        "The training was not started, as it does not fit a budget: Expected a training of at most 0.01 USD"
    )
    assert diagnosis.remedy == record.budget_refusal.remedy


def test_starting_twice_finds_the_same_job(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger
) -> None:
    starter.start(RUN, 0)
    writes = ledger.writes
    assert starter.start(RUN, 0) == {"outcome": "started"}
    assert (len(sagemaker.calls), ledger.writes) == (1, writes)


def test_a_job_that_was_created_but_not_recorded_is_found(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger
) -> None:
    sagemaker.add_job(JOB, ResourceConfig={"InstanceType": "ml.b"})
    assert starter.start(RUN, 0) == {"outcome": "started"}
    assert sagemaker.calls == []
    assert training(ledger)["instance_type"] == "ml.b"


def test_a_job_that_failed_otherwise_is_not_started_again(
    starter: Starter, sagemaker: MemorySageMaker
) -> None:
    sagemaker.add_job(JOB, "Failed", FailureReason="AlgorithmError: boom")
    assert starter.start(RUN, 0) == {"outcome": "started"}
    assert sagemaker.calls == []


def test_a_mirrored_base_model_becomes_a_channel(
    starter: Starter, sagemaker: MemorySageMaker, storage: MemoryStorage
) -> None:
    storage.write_json("base-models/org/base/config.json", {})
    starter.start(RUN, 0)
    channels = {
        c["ChannelName"]: c["DataSource"]["S3DataSource"]["S3Uri"]
        for c in _job(sagemaker)["InputDataConfig"]
    }
    assert channels["base"] == "s3://data/base-models/org/base/"
    assert _job(sagemaker)["Environment"]["HF_HUB_OFFLINE"] == "1"


def test_without_a_mirror_the_hub_is_asked(
    starter: Starter, sagemaker: MemorySageMaker
) -> None:
    starter.start(RUN, 0)
    assert "base" not in {c["ChannelName"] for c in _job(sagemaker)["InputDataConfig"]}
    assert "HF_HUB_OFFLINE" not in _job(sagemaker)["Environment"]


def _job(sagemaker: MemorySageMaker) -> dict[str, Any]:
    return sagemaker.jobs[JOB]


def add_champion(starter: Starter) -> None:
    ledger, storage = starter.ledger, starter.storage
    assert isinstance(ledger, MemoryLedger)
    storage.put_bytes(CHAMPION_ARCHIVE, b"archive")
    archive = storage.find(CHAMPION_ARCHIVE)
    ledger.add("reviews-1", status="live", task="text-classification", archive=archive)


def test_the_live_model_contests_where_its_archive_is_there(
    starter: Starter, sagemaker: MemorySageMaker
) -> None:
    add_champion(starter)
    starter.start(RUN, 0)
    names = {
        channel["ChannelName"] for channel in sagemaker.jobs[JOB]["InputDataConfig"]
    }
    assert "champion" in names
    assert sagemaker.session_tags == [
        {
            "traindrop-run": RUN,
            "traindrop-job": JOB,
            "traindrop-champion": "reviews-1",
        }
    ]


@pytest.mark.parametrize(
    ("current", "reason"),
    [
        (None, "its archive is no longer there"),
        (b"another", "its archive is not the one that was released"),
    ],
)
def test_a_live_model_whose_archive_is_gone_or_changed_is_left_out(
    current: bytes | None,
    reason: str,
    starter: Starter,
    sagemaker: MemorySageMaker,
    storage: MemoryStorage,
) -> None:
    add_champion(starter)
    del storage.objects[CHAMPION_ARCHIVE]
    if current is not None:
        storage.put_bytes(CHAMPION_ARCHIVE, current)
    starter.start(RUN, 0)
    job = sagemaker.jobs[JOB]
    assert "champion" not in {
        channel["ChannelName"] for channel in job["InputDataConfig"]
    }
    assert job["Environment"]["TRAINDROP_CHAMPION_REASON"] == reason
    assert sagemaker.session_tags[0]["traindrop-champion"] == "none"


def retried(ledger: MemoryLedger, **training_record: Any) -> None:
    """The run in its second try, which has just begun."""
    record = ledger.run_records[RUN]
    record["steps"] = [{"step": "training", "at": LATER}]
    record["training"] = training_record
    first = {"number": 1, "execution": "e", "status": "failed", "steps": []}
    record["tries"] = [{**first, "ended_at": LATER}]


LATER = (NOW + timedelta(minutes=1)).isoformat()
NEXT_JOB = job_name("traindrop", RUN, 2)


@pytest.mark.parametrize("status", ["Failed", "Stopped", "Stopping"])
@pytest.mark.parametrize("recorded", [{}, {"job": JOB, "number": 1}])
def test_a_retry_creates_the_job_after_all_of_the_try_before(
    starter: Starter,
    sagemaker: MemorySageMaker,
    ledger: MemoryLedger,
    status: str,
    recorded: dict[str, Any],
) -> None:
    sagemaker.add_job(JOB, status, FailureReason="AlgorithmError: boom")
    retried(ledger, **recorded)
    assert starter.start(RUN, 0) == {"outcome": "started"}
    assert sagemaker.calls == [("create_job", NEXT_JOB, "ml.a")]
    assert training(ledger)["number"] == 2
    checkpoints = sagemaker.jobs[NEXT_JOB]["CheckpointConfig"]["S3Uri"]
    assert checkpoints == f"s3://data/checkpoints/{RUN}/"


def test_a_retry_finds_the_job_that_it_created_itself(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger
) -> None:
    sagemaker.add_job(JOB, "Failed", FailureReason="AlgorithmError: boom")
    sagemaker.add_job(
        NEXT_JOB, "Failed", CreationTime=NOW + timedelta(minutes=2), FailureReason="x"
    )
    retried(ledger, job=JOB, number=1)
    starter.start(RUN, 0)
    assert sagemaker.calls == []
    assert training(ledger)["job"] == NEXT_JOB


def test_a_retry_takes_up_a_job_that_still_runs(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger
) -> None:
    sagemaker.add_job(JOB)
    retried(ledger)
    starter.start(RUN, 0)
    assert sagemaker.calls == []
    assert training(ledger)["job"] == JOB


@pytest.mark.parametrize("is_there", [True, False])
def test_a_retry_takes_up_a_completed_job_whose_output_is_there(
    starter: Starter,
    sagemaker: MemorySageMaker,
    ledger: MemoryLedger,
    storage: MemoryStorage,
    is_there: bool,
) -> None:
    sagemaker.add_job(JOB, "Completed")
    if is_there:
        storage.objects[locations.output_archive_key(RUN, JOB)] = b"archive"
    retried(ledger, job=JOB, number=1)
    starter.start(RUN, 0)
    assert training(ledger)["job"] == (JOB if is_there else NEXT_JOB)
