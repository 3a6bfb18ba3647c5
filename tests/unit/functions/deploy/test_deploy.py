"""Create model, Deploy and Check endpoint."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.spec import Deployment
from functions.adapters.sagemaker import EndpointBusyError
from functions.common.settings import Settings
from functions.deploy.check_endpoint import check
from functions.deploy.create_model import ArchiveMissingError, ServingEnvironment, create
from functions.deploy.deploy import REPLACED, deploy
from functions.deploy.requests import (
    config_request,
    endpoint_outcome,
    model_container,
    model_request,
)
from tests.unit.functions.aws_model import problems
from tests.unit.functions.fakes import NOW, STAMP, MemoryLedger, MemorySageMaker, MemoryStorage, now
from tests.unit.functions.specs import RUN, spec, spec_object

NAME, ENDPOINT = f"traindrop-{RUN}", "traindrop-reviews"
SETTINGS = Settings(
    "traindrop", "data", "table", execution_role_arn="arn:role", serving_image="image"
)
ARCHIVE = "s3://data/models/run/j/output/model.tar.gz"


@pytest.fixture(autouse=True)
def _judged(ledger: MemoryLedger, sagemaker: MemorySageMaker) -> None:
    ledger.add(RUN, status="judging", training={"job": "j"})
    sagemaker.add_job("j", "Completed", ModelArtifacts={"S3ModelArtifacts": ARCHIVE})


def created(ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker) -> Any:
    environment = ServingEnvironment(SETTINGS, "eu-central-1", lambda name: f"the token in {name}")
    return create(RUN, ledger=ledger, storage=storage, sagemaker=sagemaker, environment=environment)


def deployed(ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker) -> Any:
    return deploy(
        RUN, ledger=ledger, storage=storage, sagemaker=sagemaker, settings=SETTINGS, now=now
    )


def test_creates_the_model_from_the_jobs_archive(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    assert created(ledger, storage, sagemaker) == {"outcome": "created"}
    container = sagemaker.models[NAME]["PrimaryContainer"]
    assert (container["ModelDataUrl"], container["Image"]) == (ARCHIVE, "image")
    assert container["Environment"]["SAGEMAKER_PROGRAM"] == "inference.py"
    assert container["Environment"]["HF_TASK"] == "text-classification"
    assert ledger.get_run(RUN).write()["status"] == "deploying"


def test_creating_the_model_twice_makes_one(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    created(ledger, storage, sagemaker)
    assert created(ledger, storage, sagemaker) == {"outcome": "created"}
    assert sagemaker.calls == [("create_model", NAME)]


def test_a_job_without_an_archive_is_an_error(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    sagemaker.add_job("j", "Completed")
    with pytest.raises(
        ArchiveMissingError, match="expected a model archive of the training job 'j'; found none"
    ):
        created(ledger, storage, sagemaker)


@pytest.mark.parametrize("mode", ["serverless", "realtime"])
def test_botocore_accepts_the_requests(mode: str) -> None:
    wanted = spec()["deployment"] | {"mode": mode}
    owner = {"traindrop:stack": "traindrop"}
    container = model_container(
        spec_object(deployment=wanted), image="image", archive=ARCHIVE, region="eu-central-1"
    )
    assert (
        problems(
            "sagemaker",
            "CreateModel",
            model_request(NAME, container, "arn:aws:iam::1:role/r", owner),
        )
        == ""
    )
    assert (
        problems(
            "sagemaker",
            "CreateEndpointConfig",
            config_request(NAME, Deployment.read(wanted), owner),
        )
        == ""
    )


def test_a_serverless_config_names_memory_and_concurrency_only() -> None:
    variant = config_request(NAME, spec_object().deployment, {})["ProductionVariants"][0]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 3072, "MaxConcurrency": 5}
    assert "InstanceType" not in variant


def test_the_first_release_creates_the_endpoint(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    assert deployed(ledger, storage, sagemaker) == {"outcome": "deploying"}
    assert sagemaker.calls == [("create_config", NAME), ("create_endpoint", ENDPOINT, NAME)]
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
    sagemaker.add_endpoint(ENDPOINT, "traindrop-old")
    deployed(ledger, storage, sagemaker)
    assert sagemaker.calls[-1] == ("update_endpoint", ENDPOINT, NAME)


def test_deploying_twice_changes_nothing_more(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    sagemaker.add_endpoint(ENDPOINT, "traindrop-old")
    deployed(ledger, storage, sagemaker)
    calls, record = list(sagemaker.calls), ledger.get_run(RUN)
    sagemaker.add_endpoint(ENDPOINT, "traindrop-old", FailureReason="rolled back meanwhile")
    assert deployed(ledger, storage, sagemaker) == {"outcome": "deploying"}
    assert (sagemaker.calls, ledger.get_run(RUN)) == (calls, record)


def test_an_update_that_was_not_recorded_is_found(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    sagemaker.add_endpoint(
        ENDPOINT, "traindrop-old", "Updating", PendingDeploymentSummary={"EndpointConfigName": NAME}
    )
    assert deployed(ledger, storage, sagemaker) == {"outcome": "deploying"}
    assert sagemaker.calls == [("create_config", NAME)]
    assert ledger.get_run(RUN).write()["deployment"]["started_at"] == STAMP


@pytest.mark.parametrize(
    "status", ["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"]
)
def test_an_endpoint_that_is_changing_is_waited_for(
    status: str, ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    sagemaker.add_endpoint(ENDPOINT, "traindrop-old", status)
    with pytest.raises(
        EndpointBusyError, match="the endpoint 'traindrop-reviews' is changing at this moment"
    ):
        deployed(ledger, storage, sagemaker)
    assert "deployment" not in ledger.get_run(RUN).write()


def test_a_dead_endpoint_is_deleted_and_then_created(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    sagemaker.add_endpoint(ENDPOINT, "traindrop-old", "Failed")
    with pytest.raises(EndpointBusyError, match="had failed and is being deleted"):
        deployed(ledger, storage, sagemaker)
    del sagemaker.endpoints[ENDPOINT]
    assert deployed(ledger, storage, sagemaker) == {"outcome": "deploying"}
    assert sagemaker.calls[-1] == ("create_endpoint", ENDPOINT, NAME)


def realtime_config(name: str) -> dict[str, Any]:
    deployment = Deployment.read(spec()["deployment"] | {"mode": "realtime"})
    return config_request(name, deployment, {})


def test_an_endpoint_on_instances_is_replaced_by_a_serverless_one_and_the_run_says_so(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    sagemaker.configs["traindrop-old"] = realtime_config("traindrop-old")
    sagemaker.add_endpoint(ENDPOINT, "traindrop-old")
    with pytest.raises(EndpointBusyError, match="runs on instances and is being deleted"):
        deployed(ledger, storage, sagemaker)
    with pytest.raises(EndpointBusyError, match="is changing at this moment"):
        deployed(ledger, storage, sagemaker)
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
    storage.write_json(f"runs/{RUN}/spec.json", spec(deployment=wanted))
    sagemaker.add_endpoint(ENDPOINT, "traindrop-old")
    deployed(ledger, storage, sagemaker)
    assert sagemaker.calls[-1] == ("update_endpoint", ENDPOINT, NAME)
    assert ledger.get_run(RUN).warnings is None or not ledger.get_run(RUN).warnings


def test_the_endpoint_is_live_on_the_runs_config_only(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.record(RUN, deployment={"endpoint": ENDPOINT, "config": NAME, "started_at": STAMP})
    sagemaker.add_endpoint(ENDPOINT, NAME)
    later = NOW + timedelta(seconds=75)
    assert check(RUN, ledger, sagemaker, lambda: later) == {"outcome": "live", "age_seconds": 75}
    assert ledger.get_run(RUN).write()["status"] == "verifying"


def test_an_endpoint_back_on_the_old_config_has_rolled_back(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.record(RUN, deployment={"endpoint": ENDPOINT, "config": NAME, "started_at": STAMP})
    modified = NOW + timedelta(seconds=30)
    sagemaker.add_endpoint(
        ENDPOINT, "traindrop-old", FailureReason="no ping", LastModifiedTime=modified
    )
    assert check(RUN, ledger, sagemaker, now)["outcome"] == "rolled_back"
    assert ledger.get_run(RUN).write()["deployment"]["reason"] == "no ping"


def description(status: str, config: str = "old", **more: Any) -> dict[str, Any]:
    return {"EndpointStatus": status, "EndpointConfigName": config, **more}


def test_a_description_from_before_the_update_is_not_a_rollback() -> None:
    before = description("InService", LastModifiedTime=NOW - timedelta(hours=1))
    assert endpoint_outcome(before, NAME, NOW, NOW + timedelta(seconds=2)) == ("deploying", "")
    assert endpoint_outcome(before, NAME, NOW, NOW + timedelta(seconds=61))[0] == "rolled_back"


@pytest.mark.parametrize("status", ["Failed", "UpdateRollbackFailed", "OutOfService", "Deleting"])
def test_a_dead_endpoint_has_failed_with_its_reason(status: str) -> None:
    assert endpoint_outcome(description(status, FailureReason="why"), NAME, NOW, NOW) == (
        "failed",
        "why",
    )


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack"])
def test_a_changing_endpoint_is_deploying_for_at_most_two_hours(status: str) -> None:
    assert endpoint_outcome(description(status), NAME, NOW, NOW + timedelta(hours=1)) == (
        "deploying",
        "",
    )
    late = endpoint_outcome(description(status), NAME, NOW, NOW + timedelta(hours=3))
    assert late == ("failed", f"the endpoint was still {status} after two hours")


def test_a_deleted_endpoint_has_failed() -> None:
    assert endpoint_outcome(None, NAME, NOW, NOW) == (
        "failed",
        "the endpoint was deleted while it was being deployed",
    )


HUB = {"model_id": "org/m", "revision": "c0ffee", "token_secret": None}


def environment(sagemaker: MemorySageMaker) -> dict[str, str]:
    container = sagemaker.models[NAME]["PrimaryContainer"]
    assert (
        problems("sagemaker", "CreateModel", {"ModelName": NAME, "PrimaryContainer": container})
        == ""
    )
    return dict(container["Environment"])


def test_a_model_of_the_hub_is_named_to_the_container(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    storage.write_json(f"runs/{RUN}/spec.json", spec(hub=HUB, archive=f"models/{RUN}/model.tar.gz"))
    created(ledger, storage, sagemaker)
    found = environment(sagemaker)
    assert (found["HF_MODEL_ID"], found["HF_MODEL_REVISION"], found["HF_TASK"]) == (
        "org/m",
        "c0ffee",
        "text-classification",
    )
    assert not {"HF_TOKEN", "HF_API_TOKEN", "HF_ENDPOINT"} & found.keys()
    assert sagemaker.models[NAME]["PrimaryContainer"]["ModelDataUrl"].endswith(
        f"/models/{RUN}/model.tar.gz"
    )


def test_a_private_models_token_reaches_the_container_under_both_names(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    hub = HUB | {"token_secret": "traindrop/hub", "revision": ""}
    storage.write_json(
        f"runs/{RUN}/spec.json", spec(hub=hub, archive="models/x/model.tar.gz", task="")
    )
    created(ledger, storage, sagemaker)
    found = environment(sagemaker)
    assert found["HF_TOKEN"] == found["HF_API_TOKEN"] == "the token in traindrop/hub"
    assert not {"HF_TASK", "HF_MODEL_REVISION"} & found.keys()


def test_a_dropped_archive_is_deployed_without_a_job(
    storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    ledger = MemoryLedger()
    ledger.add(RUN, status="inspecting")
    storage.write_json(f"runs/{RUN}/spec.json", spec(archive=f"models/{RUN}/model.tar.gz"))
    assert created(ledger, storage, sagemaker) == {"outcome": "created"}
    assert not {name for name in environment(sagemaker) if name.startswith("HF_MODEL")}
