from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.common.settings import Settings
from functions.train.start import Starter
from tests.unit.functions.fakes import NOW, MemoryLedger, MemorySageMaker, MemoryStorage, now
from tests.unit.functions.specs import RUN, spec

JOB = f"traindrop-{RUN}"
ZERO = "The account-level service limit 'ml.a for training job usage' is 0 Instances, with current utilization of 0."
FULL = "The account-level service limit 'ml.a for training job usage' is 2 Instances, with current utilization of 2."
LOST = {
    "status": "Failed",
    "FailureReason": "CapacityError: Unable to provision requested ML compute capacity.",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for package in ("training", "inference", "tasks", "contracts"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
    (tmp_path / "training" / "train.py").write_text("print('training')")
    (tmp_path / "training" / "requirements.txt").write_text("seqeval==1.2.2\n")
    (tmp_path / "training" / "constraints.txt").write_text("numpy<2\n")
    return tmp_path


@pytest.fixture
def starter(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker, root: Path
) -> Starter:
    ledger.add(RUN)
    settings = Settings(
        "traindrop", "data", "table", execution_role_arn="arn:role", training_image="image"
    )
    return Starter(ledger, storage, sagemaker, settings, "eu-central-1", root, now)


def training(ledger: MemoryLedger) -> dict[str, Any]:
    record: dict[str, Any] = ledger.get_run(RUN).write().get("training", {})
    return record


def test_creates_the_job_on_the_first_type_and_records_it(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger, storage: MemoryStorage
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


def test_a_full_quota_leads_to_the_next_type(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger
) -> None:
    sagemaker.refusals["ml.a"] = FULL
    assert starter.start(RUN, 0) == {"outcome": "started"}
    assert training(ledger)["instance_type"] == "ml.b"
    assert [(t["instance_type"], t["reason"]) for t in training(ledger)["tries"]] == [
        ("ml.a", FULL)
    ]


def test_every_type_refused_is_no_capacity_with_the_reasons_recorded(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger
) -> None:
    sagemaker.refusals = dict.fromkeys(["ml.a", "ml.b", "ml.c"], FULL)
    assert starter.start(RUN, 0) == {"outcome": "no_capacity"}
    assert [t["instance_type"] for t in training(ledger)["tries"]] == ["ml.a", "ml.b", "ml.c"]
    assert "job" not in training(ledger)


def test_waiting_longer_than_the_queue_allows_is_refused(
    starter: Starter, sagemaker: MemorySageMaker
) -> None:
    sagemaker.refusals = dict.fromkeys(["ml.a", "ml.b", "ml.c"], FULL)
    assert starter.start(RUN, 24 * 3600) == {"outcome": "refused"}


def test_the_wait_counts_from_the_first_refusal(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger
) -> None:
    sagemaker.refusals = dict.fromkeys(["ml.a", "ml.b", "ml.c"], FULL)
    since = (NOW - timedelta(hours=25)).isoformat()
    ledger.record(RUN, training={"queued_since": since, "tries": []})
    assert starter.start(RUN, 10) == {"outcome": "refused"}


def test_a_quota_of_zero_for_every_type_is_not_waited_for(
    starter: Starter, sagemaker: MemorySageMaker
) -> None:
    sagemaker.refusals = dict.fromkeys(["ml.a", "ml.b", "ml.c"], ZERO)
    assert starter.start(RUN, 0) == {"outcome": "refused"}
    sagemaker.refusals["ml.c"] = FULL
    assert starter.start(RUN, 0) == {"outcome": "no_capacity"}


def test_a_job_that_lost_its_capacity_is_followed_by_the_next_type_under_the_next_name(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger
) -> None:
    starter.start(RUN, 0)
    sagemaker.add_job(JOB, **LOST)
    assert starter.start(RUN, 30) == {"outcome": "started"}
    assert sagemaker.calls[-1] == ("create_job", f"{JOB}-t2", "ml.b")
    assert (training(ledger)["job"], training(ledger)["number"]) == (f"{JOB}-t2", 2)
    assert "CapacityError" in training(ledger)["tries"][0]["reason"]


def test_after_the_last_type_comes_the_first_again(
    starter: Starter, sagemaker: MemorySageMaker
) -> None:
    sagemaker.add_job(JOB, **LOST, ResourceConfig={"InstanceType": "ml.c"})
    starter.start(RUN, 30)
    assert sagemaker.calls[-1] == ("create_job", f"{JOB}-t2", "ml.a")


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


def test_without_a_mirror_the_hub_is_asked(starter: Starter, sagemaker: MemorySageMaker) -> None:
    starter.start(RUN, 0)
    assert "base" not in {c["ChannelName"] for c in _job(sagemaker)["InputDataConfig"]}
    assert "HF_HUB_OFFLINE" not in _job(sagemaker)["Environment"]


def _job(sagemaker: MemorySageMaker) -> dict[str, Any]:
    return sagemaker.jobs[JOB]


def test_the_spec_decides_the_types(
    starter: Starter, sagemaker: MemorySageMaker, storage: MemoryStorage
) -> None:
    storage.write_json(
        f"runs/{RUN}/spec.json", spec(compute=spec()["compute"] | {"instance_types": ["ml.z"]})
    )
    starter.start(RUN, 0)
    assert sagemaker.calls == [("create_job", JOB, "ml.z")]


def test_the_live_model_contests_where_its_archive_is_there(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    ledger.add("reviews-1", status="live", task="text-classification", training={"job": "old"})
    storage.put_bytes("models/reviews-1/old/output/model.tar.gz", b"archive")
    starter.start(RUN, 0)
    names = {channel["ChannelName"] for channel in sagemaker.jobs[JOB]["InputDataConfig"]}
    assert "champion" in names


def test_a_live_model_whose_archive_is_gone_is_left_out(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger
) -> None:
    ledger.add("reviews-1", status="live", task="text-classification", training={"job": "old"})
    starter.start(RUN, 0)
    job = sagemaker.jobs[JOB]
    assert "champion" not in {channel["ChannelName"] for channel in job["InputDataConfig"]}
    assert job["Environment"]["TRAINDROP_CHAMPION_REASON"] == "its archive is no longer there"
