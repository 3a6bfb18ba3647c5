from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.common.names import job_name
from functions.train.start import Starter
from tests.unit.functions.fakes import (
    NOW,
    STACK,
    MemoryLedger,
    MemorySageMaker,
    MemoryStorage,
)
from tests.unit.functions.specs import RUN, leave_spec, spec
from tests.unit.functions.train.starting import JOB, training

ZERO = "The account-level service limit 'ml.a for training job usage' is 0 Instances, with current utilization of 0."


FULL = "The account-level service limit 'ml.a for training job usage' is 2 Instances, with current utilization of 2."


LOST = {
    "status": "Failed",
    "FailureReason": "CapacityError: Unable to provision requested ML compute capacity.",
}


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
    assert [t["instance_type"] for t in training(ledger)["tries"]] == [
        "ml.a",
        "ml.b",
        "ml.c",
    ]
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
    assert sagemaker.calls[-1] == ("create_job", job_name(STACK, RUN, 2), "ml.b")
    assert (training(ledger)["job"], training(ledger)["number"]) == (
        job_name(STACK, RUN, 2),
        2,
    )
    assert "CapacityError" in training(ledger)["tries"][0]["reason"]


def test_after_the_last_type_comes_the_first_again(
    starter: Starter, sagemaker: MemorySageMaker
) -> None:
    sagemaker.add_job(JOB, **LOST, ResourceConfig={"InstanceType": "ml.c"})
    starter.start(RUN, 30)
    assert sagemaker.calls[-1] == ("create_job", job_name(STACK, RUN, 2), "ml.a")


def test_the_spec_decides_the_types(
    starter: Starter,
    ledger: MemoryLedger,
    sagemaker: MemorySageMaker,
    storage: MemoryStorage,
) -> None:
    leave_spec(
        ledger, storage, compute=spec()["compute"] | {"instance_types": ["ml.z"]}
    )
    starter.start(RUN, 0)
    assert sagemaker.calls == [("create_job", JOB, "ml.z")]


OWN_SIZE = (
    "Longest run time for a training job' is 3600 Seconds",
    "Size of EBS volume for an instance' is 30 GBs",
    "Number of instances for a training job' is 1 Instances",
)


@pytest.mark.parametrize("limit", OWN_SIZE)
def test_a_quota_of_the_jobs_own_size_is_not_waited_for(
    limit: str, starter: Starter, sagemaker: MemorySageMaker
) -> None:
    reason = f"The account-level service limit '{limit}, with a request of more."
    sagemaker.refusals = dict.fromkeys(["ml.a", "ml.b", "ml.c"], reason)
    assert starter.start(RUN, 0) == {"outcome": "refused"}


def test_a_quota_that_all_jobs_share_is_waited_for(
    starter: Starter, sagemaker: MemorySageMaker
) -> None:
    reason = "The account-level service limit 'Number of instances across all training jobs' is 20 Instances, with 20."
    sagemaker.refusals = dict.fromkeys(["ml.a", "ml.b", "ml.c"], reason)
    assert starter.start(RUN, 0) == {"outcome": "no_capacity"}


def gave_up(instance_type: str, *, spot: bool = True) -> dict[str, Any]:
    """A job that was stopped while it waited for an instance."""
    statuses = (("Starting", 40), ("Stopping", 5), ("Stopped", 4))
    return {
        "status": "Stopped",
        "ResourceConfig": {"InstanceType": instance_type},
        "EnableManagedSpotTraining": spot,
        "SecondaryStatusTransitions": [
            {"Status": status, "StartTime": NOW - timedelta(minutes=minutes)}
            for status, minutes in statuses
        ],
    }


def test_a_spot_job_that_found_no_instance_is_followed_by_the_next_type(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger
) -> None:
    sagemaker.add_job(JOB, **gave_up("ml.a"))
    assert starter.start(RUN, 0) == {"outcome": "started"}
    recorded = training(ledger)
    assert (recorded["job"], recorded["instance_type"]) == (
        job_name(STACK, RUN, 2),
        "ml.b",
    )
    assert recorded["tries"][0]["reason"] == "no spot capacity within 30 minutes"


@pytest.mark.parametrize("fallback", [False, True])
def test_once_no_type_had_spot_capacity_the_next_job_is_on_demand_where_that_is_wanted(
    fallback: bool, starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger
) -> None:
    starter = replace(
        starter, settings=replace(starter.settings, on_demand_fallback=fallback)
    )
    for number, instance_type in enumerate(("ml.a", "ml.b", "ml.c"), 1):
        assert starter.start(RUN, 0) == {"outcome": "started"}
        assert training(ledger)["spot"] is True
        name = job_name(STACK, RUN, number)
        sagemaker.add_job(name, **gave_up(instance_type))
    assert starter.start(RUN, 0) == {"outcome": "started"}
    recorded = training(ledger)
    assert (recorded["instance_type"], recorded["spot"]) == ("ml.a", not fallback)


def test_a_run_does_not_wait_for_spot_for_ever(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger
) -> None:
    since = NOW - timedelta(hours=25)
    tries = [
        {"instance_type": name, "at": since.isoformat(), "reason": "none"}
        for name in ("ml.a", "ml.b")
    ]
    ledger.record(RUN, training={"queued_since": since.isoformat(), "tries": tries})
    sagemaker.add_job(JOB, **gave_up("ml.c"))
    assert starter.start(RUN, 0) == {"outcome": "refused"}
