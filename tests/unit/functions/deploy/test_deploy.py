"""Deploy of a model that is not live, whose endpoint has no callers; then beside a release that has."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.outcomes import DeployStage
from contracts.run_record import RunStatus
from contracts.spec import Deployment
from functions.adapters.sagemaker import ForeignResourceError
from functions.common.names import candidate_name
from functions.common.tags import as_list, tags
from functions.deploy.deploy import REPLACED, Deployer
from functions.deploy.requests import UNSHIFTED, config_request
from tests.unit.functions.deploy.releases import ENDPOINT, NAME
from tests.unit.functions.fakes import (
    STACK,
    STAMP,
    MemoryAlarms,
    MemoryLedger,
    MemorySageMaker,
    MemoryStorage,
    now,
)
from tests.unit.functions.specs import RUN, leave_spec, spec

pytestmark = pytest.mark.usefixtures("judged")


def deployed(
    ledger: MemoryLedger,
    storage: MemoryStorage,
    sagemaker: MemorySageMaker,
    stage: DeployStage = DeployStage.CANDIDATE,
) -> Any:
    deployer = Deployer(ledger, storage, sagemaker, STACK, MemoryAlarms, now)
    return deployer.deploy(RUN, stage)


def busy(
    ledger: MemoryLedger,
    storage: MemoryStorage,
    sagemaker: MemorySageMaker,
    stage: DeployStage = DeployStage.CANDIDATE,
) -> str:
    """Why the endpoint cannot be changed at this moment."""
    answer = deployed(ledger, storage, sagemaker, stage)
    assert answer["outcome"] == "busy"
    return str(answer["reason"])


def test_the_first_release_creates_the_endpoint(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    assert deployed(ledger, storage, sagemaker) == {"outcome": "deploying"}
    assert sagemaker.calls == [
        ("create_config", NAME),
        ("create_endpoint", ENDPOINT, NAME),
    ]
    assert ledger.get_run(RUN).write()["deployment"] == {
        "endpoint": ENDPOINT,
        "config": NAME,
        "mode": "serverless",
        "memory_mb": 3072,
        "max_concurrency": 5,
        "started_at": STAMP,
    }


def test_an_endpoint_without_a_live_model_is_updated_at_once(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    sagemaker.add_endpoint(ENDPOINT, "traindrop--old")
    deployed(ledger, storage, sagemaker)
    assert sagemaker.calls[-1] == ("update_endpoint", ENDPOINT, NAME)


def test_deploying_twice_changes_nothing_more(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    sagemaker.add_endpoint(ENDPOINT, "traindrop--old")
    deployed(ledger, storage, sagemaker)
    calls, record = list(sagemaker.calls), ledger.get_run(RUN)
    sagemaker.add_endpoint(
        ENDPOINT, "traindrop--old", FailureReason="rolled back meanwhile"
    )
    assert deployed(ledger, storage, sagemaker) == {"outcome": "deploying"}
    assert (sagemaker.calls, ledger.get_run(RUN)) == (calls, record)


def test_an_update_that_was_not_recorded_is_found(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    sagemaker.add_endpoint(
        ENDPOINT,
        "traindrop--old",
        "Updating",
        PendingDeploymentSummary={"EndpointConfigName": NAME},
    )
    assert deployed(ledger, storage, sagemaker) == {"outcome": "deploying"}
    assert sagemaker.calls == [("create_config", NAME)]
    assert ledger.get_run(RUN).write()["deployment"]["started_at"] == STAMP


@pytest.mark.parametrize(
    "status", ["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"]
)
def test_an_endpoint_that_is_changing_is_waited_for(
    status: str,
    ledger: MemoryLedger,
    storage: MemoryStorage,
    sagemaker: MemorySageMaker,
) -> None:
    sagemaker.add_endpoint(ENDPOINT, "traindrop--old", status)
    assert deployed(ledger, storage, sagemaker) == {
        "outcome": "busy",
        "reason": f"EndpointBusyError: the endpoint {ENDPOINT!r} is changing at this moment",
    }
    assert "deployment" not in ledger.get_run(RUN).write()


def test_a_dead_endpoint_is_deleted_and_then_created(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    sagemaker.add_endpoint(ENDPOINT, "traindrop--old", "Failed")
    assert "had failed and is being deleted" in busy(ledger, storage, sagemaker)
    del sagemaker.endpoints[ENDPOINT]
    assert deployed(ledger, storage, sagemaker) == {"outcome": "deploying"}
    assert sagemaker.calls[-1] == ("create_endpoint", ENDPOINT, NAME)


def realtime_config(name: str) -> dict[str, Any]:
    deployment = Deployment.read(spec()["deployment"] | {"mode": "realtime"})
    return config_request(name, RUN, deployment, {}, "s3://data/{}".format)


def test_an_endpoint_on_instances_is_replaced_by_a_serverless_one_and_the_run_says_so(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    sagemaker.configs["traindrop--old"] = realtime_config("traindrop--old")
    sagemaker.add_endpoint(ENDPOINT, "traindrop--old")
    reason = busy(ledger, storage, sagemaker)
    assert "runs on instances and is being deleted" in reason
    assert "is changing at this moment" in busy(ledger, storage, sagemaker)
    del sagemaker.endpoints[ENDPOINT]
    assert deployed(ledger, storage, sagemaker) == {"outcome": "deploying"}
    assert sagemaker.calls[-1] == ("create_endpoint", ENDPOINT, NAME)
    record = ledger.get_run(RUN)
    assert record.warnings == (REPLACED,)
    assert record.deployment.started_at == STAMP


def test_a_serverless_endpoint_is_updated_to_instances(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    wanted = spec()["deployment"] | {"mode": "realtime"}
    leave_spec(ledger, storage, deployment=wanted)
    sagemaker.add_endpoint(ENDPOINT, "traindrop--old")
    deployed(ledger, storage, sagemaker)
    assert sagemaker.calls[-1] == ("update_endpoint", ENDPOINT, NAME)
    assert ledger.get_run(RUN).warnings is None or not ledger.get_run(RUN).warnings


# ---- beside a release that serves


CANDIDATE = candidate_name(STACK, RUN)
OLD = "traindrop--old"


@pytest.fixture
def champion(judged: None, ledger: MemoryLedger, sagemaker: MemorySageMaker) -> None:
    ledger.add("reviews-old", status="live")
    sagemaker.add_endpoint(ENDPOINT, OLD)


@pytest.fixture
def verified(
    champion: None,
    ledger: MemoryLedger,
    storage: MemoryStorage,
    sagemaker: MemorySageMaker,
) -> None:
    """The candidate is in service, and has been verified."""
    deployed(ledger, storage, sagemaker)
    sagemaker.endpoints[CANDIDATE]["EndpointStatus"] = "InService"
    ledger.record(RUN, RunStatus.VERIFYING)


@pytest.mark.usefixtures("champion")
def test_a_release_of_a_live_model_gets_an_endpoint_of_its_own(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    for _ in range(2):
        assert deployed(ledger, storage, sagemaker) == {"outcome": "deploying"}
    assert sagemaker.calls == [
        ("create_config", NAME),
        ("create_endpoint", CANDIDATE, NAME),
    ]
    assert sagemaker.endpoints[CANDIDATE]["Tags"] == as_list(
        tags(STACK, "reviews", RUN)
    )
    deployment = ledger.get_run(RUN).write()["deployment"]
    assert deployment["candidate"] == {"endpoint": CANDIDATE, "started_at": STAMP}
    assert (deployment["endpoint"], deployment.get("started_at")) == (ENDPOINT, None)


@pytest.mark.usefixtures("champion")
def test_a_candidate_that_was_not_recorded_is_found(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    sagemaker.create_endpoint(CANDIDATE, NAME, tags(STACK, "reviews", RUN))
    assert deployed(ledger, storage, sagemaker) == {"outcome": "deploying"}
    assert ledger.get_run(RUN).deployment.latest.endpoint == CANDIDATE


@pytest.mark.usefixtures("champion")
def test_an_endpoint_of_the_candidates_name_that_is_another_runs_is_refused(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    sagemaker.create_endpoint(CANDIDATE, NAME, tags(STACK, "reviews", "another"))
    with pytest.raises(ForeignResourceError):
        deployed(ledger, storage, sagemaker)


@pytest.mark.usefixtures("verified")
def test_the_stable_endpoint_goes_over_when_the_candidate_is_gone(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    stable = DeployStage.STABLE
    for _ in range(2):
        reason = busy(ledger, storage, sagemaker, stable)
        assert "has been verified and is being deleted" in reason
    assert sagemaker.calls[-1] == ("delete", "endpoint", CANDIDATE)
    del sagemaker.endpoints[CANDIDATE]
    for _ in range(2):
        answer = deployed(ledger, storage, sagemaker, stable)
        assert answer == {"outcome": "deploying"}
    assert sagemaker.calls[-1] == ("update_endpoint", ENDPOINT, NAME)
    record = ledger.get_run(RUN)
    assert (record.status, record.deployment.started_at) == ("verifying", STAMP)
    assert record.deployment.latest == record.deployment


@pytest.mark.usefixtures("verified")
@pytest.mark.parametrize("status", ["", "Failed"])
def test_a_stable_endpoint_that_is_gone_or_dead_is_made_again(
    status: str,
    ledger: MemoryLedger,
    storage: MemoryStorage,
    sagemaker: MemorySageMaker,
) -> None:
    del sagemaker.endpoints[CANDIDATE], sagemaker.endpoints[ENDPOINT]
    if status:
        sagemaker.add_endpoint(ENDPOINT, OLD, status)
        busy(ledger, storage, sagemaker, DeployStage.STABLE)
        del sagemaker.endpoints[ENDPOINT]
    deployed(ledger, storage, sagemaker, DeployStage.STABLE)
    assert sagemaker.calls[-1] == ("create_endpoint", ENDPOINT, NAME)


@pytest.mark.usefixtures("verified")
def test_what_is_being_verified_beside_goes_on_so_when_the_champion_goes(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    ledger.retire_champion("reviews")
    calls = list(sagemaker.calls)
    assert deployed(ledger, storage, sagemaker) == {"outcome": "deploying"}
    assert sagemaker.calls == calls


def test_a_first_release_is_in_place_once_it_is_verified(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    deployed(ledger, storage, sagemaker)
    answer = deployed(ledger, storage, sagemaker, DeployStage.STABLE)
    assert answer == {"outcome": "in_place"}


SHIFTING = {
    "mode": "realtime",
    "instance_type": "ml.m5.xlarge",
    "instance_count": 1,
    "traffic": "canary",
}


def _switch(
    ledger: MemoryLedger,
    storage: MemoryStorage,
    sagemaker: MemorySageMaker,
    alarms: MemoryAlarms,
    variant: str,
) -> None:
    """Puts a verified release with canary traffic in the place of one whose variant is called so."""
    leave_spec(ledger, storage, deployment=SHIFTING)
    deployed(ledger, storage, sagemaker)
    del sagemaker.endpoints[CANDIDATE]
    present = {"VariantName": variant, "CurrentInstanceCount": 1}
    sagemaker.endpoints[ENDPOINT]["ProductionVariants"] = [present]
    deployer = Deployer(ledger, storage, sagemaker, STACK, lambda: alarms, now)
    assert deployer.deploy(RUN, DeployStage.STABLE)["outcome"] == "deploying"


@pytest.mark.usefixtures("champion")
def test_requests_go_over_by_steps_that_alarms_watch(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    alarms = MemoryAlarms()
    _switch(ledger, storage, sagemaker, alarms, "release")
    ((alarm, endpoint, variant),) = alarms.present.values()
    assert (alarm.name, endpoint, variant) == (f"{NAME}-errors", ENDPOINT, "release")
    traffic: Any = sagemaker.traffic[ENDPOINT]
    names = traffic["AutoRollbackConfiguration"]["Alarms"]
    assert names == [{"AlarmName": f"{NAME}-errors"}]
    assert not ledger.get_run(RUN).warnings


@pytest.mark.usefixtures("champion")
def test_all_go_at_once_where_the_release_before_did(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    alarms = MemoryAlarms()
    _switch(ledger, storage, sagemaker, alarms, "reviews-old")
    assert sagemaker.traffic[ENDPOINT] is None
    assert alarms.present == {}
    assert ledger.get_run(RUN).warnings == (UNSHIFTED,)
