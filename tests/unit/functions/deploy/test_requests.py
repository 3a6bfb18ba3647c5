from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.spec import Deployment
from functions.deploy.requests import (
    config_request,
    endpoint_outcome,
    model_container,
    model_request,
)
from tests.unit.functions.aws_model import problems
from tests.unit.functions.deploy.releases import ARCHIVE, NAME
from tests.unit.functions.fakes import NOW
from tests.unit.functions.specs import RUN, spec, spec_object

URI = "s3://data/{}".format

pytestmark = pytest.mark.usefixtures("judged")


@pytest.mark.parametrize("mode", ["serverless", "async", "realtime"])
def test_botocore_accepts_the_requests(mode: str) -> None:
    wanted = spec()["deployment"] | {"mode": mode}
    owner = {"traindrop:stack": "traindrop"}
    container = model_container(
        spec_object(deployment=wanted),
        image="image",
        archive=ARCHIVE,
        region="eu-central-1",
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
            config_request(NAME, RUN, Deployment.read(wanted), owner, URI),
        )
        == ""
    )


def test_a_serverless_config_names_memory_and_concurrency_only() -> None:
    variant = config_request(NAME, RUN, spec_object().deployment, {}, URI)[
        "ProductionVariants"
    ][0]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 3072, "MaxConcurrency": 5}
    assert "InstanceType" not in variant


def test_the_variant_is_called_as_the_run() -> None:
    (variant,) = config_request(NAME, RUN, spec_object().deployment, {}, URI)[
        "ProductionVariants"
    ]
    assert (variant["VariantName"], variant["ModelName"]) == (RUN, NAME)


def test_the_container_is_asked_for_huge_pages() -> None:
    container = model_container(
        spec_object(), image="image", archive=ARCHIVE, region="eu-central-1"
    )
    assert container["Environment"]["GLIBC_TUNABLES"] == "glibc.malloc.hugetlb=1"


def description(status: str, config: str = "old", **more: Any) -> dict[str, Any]:
    return {"EndpointStatus": status, "EndpointConfigName": config, **more}


def test_a_description_from_before_the_update_is_not_a_rollback() -> None:
    before = description("InService", LastModifiedTime=NOW - timedelta(hours=1))
    assert endpoint_outcome(before, NAME, NOW, NOW + timedelta(seconds=2)) == (
        "deploying",
        "",
    )
    assert (
        endpoint_outcome(before, NAME, NOW, NOW + timedelta(seconds=61))[0]
        == "rolled_back"
    )


@pytest.mark.parametrize(
    "status", ["Failed", "UpdateRollbackFailed", "OutOfService", "Deleting"]
)
def test_a_dead_endpoint_has_failed_with_its_reason(status: str) -> None:
    assert endpoint_outcome(
        description(status, FailureReason="why"), NAME, NOW, NOW
    ) == (
        "failed",
        "why",
    )


@pytest.mark.parametrize(
    "status", ["Creating", "Updating", "SystemUpdating", "RollingBack"]
)
def test_a_changing_endpoint_is_deploying_for_at_most_two_hours(status: str) -> None:
    assert endpoint_outcome(
        description(status), NAME, NOW, NOW + timedelta(hours=1)
    ) == (
        "deploying",
        "",
    )
    late = endpoint_outcome(description(status), NAME, NOW, NOW + timedelta(hours=3))
    assert late == ("failed", f"the endpoint was still {status} after 2 hours")


def test_a_deleted_endpoint_has_failed() -> None:
    assert endpoint_outcome(None, NAME, NOW, NOW) == (
        "failed",
        "the endpoint was deleted while it was being deployed",
    )
