from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.model_record import ModelRecord
from functions.common.names import resource_name
from functions.common.tags import as_list, tags
from functions.releases.sleeper import Sleeper, refusal_to_sleep
from tests.unit.functions.fakes import (
    NOW,
    STACK,
    STAMP,
    CountedUsage,
    MemoryLedger,
    MemorySageMaker,
)
from tests.unit.functions.specs import RUN

ENDPOINT, CONFIG = resource_name(STACK, "reviews"), resource_name(STACK, RUN)
IDLE = 60


@pytest.fixture
def sleeper(ledger: MemoryLedger, sagemaker: MemorySageMaker) -> Sleeper:
    """Two hours after the endpoint came into service."""
    ledger.add(RUN, status="live")
    ledger.model_records["reviews"] |= {
        "endpoint": ENDPOINT,
        "mode": "realtime",
        "idle_minutes": IDLE,
    }
    owner = as_list(tags(STACK, "reviews"))
    sagemaker.add_endpoint(ENDPOINT, CONFIG, Tags=owner)
    return Sleeper(ledger, sagemaker, STACK, lambda: NOW + timedelta(hours=2))


def model(sleeper: Sleeper) -> ModelRecord:
    record = sleeper.ledger.find_model("reviews")
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("called", "status", "modified", "sleeps"),
    [
        (30, "InService", 0, True),
        (90, "InService", 0, False),
        (30, "Updating", 0, False),
        (30, "InService", 90, False),
    ],
)
def test_an_endpoint_sleeps_that_nobody_used_and_that_did_not_change(
    sleeper: Sleeper, called: int, status: str, modified: int, sleeps: bool
) -> None:
    """`called` and `modified` are in minutes."""
    usage = CountedUsage()
    usage.calls["v"] = [NOW + timedelta(minutes=called)]
    endpoint = sleeper.sagemaker.endpoint(ENDPOINT)
    assert endpoint is not None
    endpoint["EndpointStatus"] = status
    endpoint["LastModifiedTime"] = NOW + timedelta(minutes=modified)
    assert sleeper.sleep_if_idle(model(sleeper), lambda: usage) is sleeps
    assert bool(model(sleeper).asleep_since) is sleeps


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"mode": "serverless"}, "nothing_to_sleep"),
        ({"mode": None}, "nothing_to_sleep"),
        ({"active_run": "reviews-2"}, "model_busy"),
    ],
)
def test_why_a_model_is_not_put_to_sleep(
    changes: dict[str, Any], code: str | None
) -> None:
    needed = {"model": "reviews", "endpoint": "e", "updated_at": STAMP}
    fields = needed | {"champion": RUN, "mode": "realtime"} | changes
    refusal = refusal_to_sleep(ModelRecord(**fields))
    assert (refusal.code if refusal else None) == code


def test_a_sleep_that_was_cut_off_is_ended_and_a_waking_too(
    sleeper: Sleeper, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.fall_asleep(model(sleeper))
    created = sagemaker.endpoints[ENDPOINT]
    created["CreationTime"] = NOW - timedelta(minutes=1)
    assert sleeper.settle(model(sleeper))
    assert ("delete", "endpoint", ENDPOINT) in sagemaker.calls
    sagemaker.endpoints[ENDPOINT] = created | {
        "EndpointStatus": "Creating",
        "CreationTime": NOW + timedelta(minutes=1),
    }
    assert sleeper.settle(model(sleeper))
    assert model(sleeper).asleep_since is None
    assert not sleeper.settle(model(sleeper))


def test_a_model_wakes_with_the_config_of_its_champion(
    sleeper: Sleeper, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.fall_asleep(model(sleeper))
    del sagemaker.endpoints[ENDPOINT]
    assert sleeper.wake(model(sleeper))
    assert ("create_endpoint", ENDPOINT, CONFIG) in sagemaker.calls
    assert model(sleeper).asleep_since is None


def test_a_model_that_never_sleeps_is_not_woken(
    sleeper: Sleeper, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    """Somebody deleted its endpoint, perhaps because of its costs."""
    del ledger.model_records["reviews"]["idle_minutes"]
    del sagemaker.endpoints[ENDPOINT]
    assert not sleeper.wake(model(sleeper))
    assert sagemaker.endpoints == {}
