"""Create model, Deploy and Check endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.spec import Deployment
from functions.deploy.deploy import REPLACED, deploy
from functions.deploy.requests import (
    config_request,
)
from tests.unit.functions.deploy.releases import ENDPOINT, NAME, SETTINGS
from tests.unit.functions.fakes import (
    STAMP,
    MemoryLedger,
    MemorySageMaker,
    MemoryStorage,
    now,
)
from tests.unit.functions.specs import RUN, leave_spec, spec

pytestmark = pytest.mark.usefixtures("judged")


def deployed(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> Any:
    return deploy(
        RUN,
        ledger=ledger,
        storage=storage,
        sagemaker=sagemaker,
        settings=SETTINGS,
        now=now,
    )


def busy(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> str:
    """Why the endpoint cannot be changed at this moment."""
    answer = deployed(ledger, storage, sagemaker)
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


def test_the_next_release_updates_the_endpoint(
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
    return config_request(name, deployment, {})


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
