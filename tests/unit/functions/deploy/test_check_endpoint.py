from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.outcomes import DeployStage
from functions.adapters.errors import RefusedError, TransientError
from functions.common.lambda_handler import Result
from functions.common.names import candidate_name
from functions.common.traffic import shift_of
from functions.deploy.check_endpoint import check
from tests.unit.functions.deploy.releases import ENDPOINT, NAME
from tests.unit.functions.fakes import (
    NOW,
    STACK,
    STAMP,
    MemoryAlarms,
    MemoryLedger,
    MemorySageMaker,
    now,
)
from tests.unit.functions.specs import RUN

pytestmark = pytest.mark.usefixtures("judged")


def look(
    ledger: MemoryLedger,
    sagemaker: MemorySageMaker,
    stage: DeployStage = DeployStage.CANDIDATE,
) -> Result:
    return check(RUN, stage, ledger, sagemaker, alarms=MemoryAlarms, now=now)


def test_the_endpoint_is_live_on_the_runs_config_only(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.record(
        RUN, deployment={"endpoint": ENDPOINT, "config": NAME, "started_at": STAMP}
    )
    sagemaker.add_endpoint(ENDPOINT, NAME)
    later = NOW + timedelta(seconds=75)
    stage = DeployStage.CANDIDATE
    answer = check(
        RUN, stage, ledger, sagemaker, alarms=MemoryAlarms, now=lambda: later
    )
    assert answer == {"outcome": "live", "age_seconds": 75}
    assert ledger.get_run(RUN).write()["status"] == "verifying"


def test_an_endpoint_back_on_the_old_config_has_rolled_back(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.record(
        RUN, deployment={"endpoint": ENDPOINT, "config": NAME, "started_at": STAMP}
    )
    modified = NOW + timedelta(seconds=30)
    sagemaker.add_endpoint(
        ENDPOINT, "traindrop--old", FailureReason="no ping", LastModifiedTime=modified
    )
    assert look(ledger, sagemaker)["outcome"] == "rolled_back"
    assert ledger.get_run(RUN).write()["deployment"]["reason"] == "no ping"


@pytest.fixture
def deploying(judged: None, ledger: MemoryLedger) -> None:
    deployment = {"endpoint": ENDPOINT, "config": NAME, "started_at": STAMP}
    ledger.record(RUN, deployment=deployment)


@pytest.mark.usefixtures("deploying")
def test_an_endpoint_that_is_missing_once_is_asked_for_again(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    assert look(ledger, sagemaker)["outcome"] == "deploying"
    assert look(ledger, sagemaker)["outcome"] == "failed"
    reason = ledger.get_run(RUN).deployment.reason
    assert reason == "the endpoint was deleted while it was being deployed"


@pytest.mark.usefixtures("deploying")
def test_an_endpoint_that_is_seen_again_was_never_missing(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    for _ in range(2):
        sagemaker.endpoints.clear()
        assert look(ledger, sagemaker)["outcome"] == "deploying"
        sagemaker.add_endpoint(ENDPOINT, NAME, "Creating")
        assert look(ledger, sagemaker)["outcome"] == "deploying"


@pytest.mark.usefixtures("deploying")
@pytest.mark.parametrize("error", [TransientError("busy"), RefusedError("denied")])
def test_an_endpoint_that_cannot_be_looked_at_is_unknown(
    error: Exception, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    sagemaker.failing["endpoint"] = error
    answer = look(ledger, sagemaker)
    assert answer["outcome"] == "unknown"
    assert str(error) in answer["reason"]


BESIDE = candidate_name(STACK, RUN)


@pytest.fixture
def beside(judged: None, ledger: MemoryLedger, sagemaker: MemorySageMaker) -> None:
    """A release that is being verified beside the one that serves."""
    candidate = {"endpoint": BESIDE, "started_at": STAMP}
    deployment = {"endpoint": ENDPOINT, "config": NAME, "candidate": candidate}
    ledger.record(RUN, deployment=deployment)
    sagemaker.add_endpoint(ENDPOINT, "traindrop--old")


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize(
    ("status", "outcome"),
    [("Creating", "deploying"), ("InService", "live"), ("Failed", "failed")],
)
def test_the_candidate_is_watched_before_it_is_verified(
    status: str, outcome: str, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    sagemaker.add_endpoint(BESIDE, NAME, status)
    answer = look(ledger, sagemaker)
    assert answer["outcome"] == outcome
    deployment = ledger.get_run(RUN).deployment
    assert deployment.endpoint_status is None
    assert deployment.latest.endpoint_status == status


@pytest.mark.usefixtures("beside")
def test_the_models_endpoint_is_watched_after_it(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    deployment = replace(ledger.get_run(RUN).deployment, started_at=STAMP)
    ledger.record(RUN, deployment=deployment)
    sagemaker.add_endpoint(ENDPOINT, NAME)
    answer = look(ledger, sagemaker, DeployStage.STABLE)
    assert answer["outcome"] == "live"
    seen = ledger.get_run(RUN).deployment
    assert (seen.endpoint_status, seen.latest) == ("InService", seen)


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize(
    ("config", "outcome", "left"),
    [(NAME, "live", 0), ("traindrop--old", "rolled_back", 1)],
)
def test_what_watched_the_requests_goes_when_they_have_gone_over(
    ledger: MemoryLedger,
    sagemaker: MemorySageMaker,
    config: str,
    outcome: str,
    left: int,
) -> None:
    """Where they went back the cleaning of the failed run removes it."""
    deployment = replace(
        ledger.get_run(RUN).deployment,
        started_at=STAMP,
        mode="realtime",
        extra={"traffic": "canary", "max_latency_ms": 500},
    )
    ledger.record(RUN, deployment=deployment)
    alarms = MemoryAlarms()
    shift = shift_of(deployment)
    assert shift is not None
    alarms.put(shift.alarms(NAME)[0], ENDPOINT, "release")
    sagemaker.add_endpoint(ENDPOINT, config)
    later = NOW + timedelta(hours=1)
    answer = check(
        RUN,
        DeployStage.STABLE,
        ledger,
        sagemaker,
        alarms=lambda: alarms,
        now=lambda: later,
    )
    assert answer["outcome"] == outcome
    assert len(alarms.present) == left
    reason = ledger.get_run(RUN).deployment.reason or ""
    assert ("longer than 500 ms" in reason) is bool(left)


@pytest.mark.usefixtures("beside")
def test_a_release_waits_for_no_alarm_that_cannot_be_removed(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    class RefusingAlarms(MemoryAlarms):
        def delete(self, names: Sequence[str]) -> None:
            raise RefusedError("no")

    deployment = replace(
        ledger.get_run(RUN).deployment,
        started_at=STAMP,
        mode="realtime",
        extra={"traffic": "canary"},
    )
    ledger.record(RUN, deployment=deployment)
    sagemaker.add_endpoint(ENDPOINT, NAME)
    answer = check(
        RUN, DeployStage.STABLE, ledger, sagemaker, alarms=RefusingAlarms, now=now
    )
    assert answer["outcome"] == "live"
