from __future__ import annotations

from typing import Any

from tests.integration.localcloud.sagemaker.conftest import (
    BUCKET,
    ROLE,
    SERVER_IMAGE,
    Local,
)


def test_an_endpoint_without_its_archive_fails(local: Local) -> None:
    container: Any = {
        "Image": SERVER_IMAGE,
        "ModelDataUrl": f"s3://{BUCKET}/no/model.tar.gz",
    }
    local.sagemaker.create_model(
        ModelName="hollow", ExecutionRoleArn=ROLE, PrimaryContainer=container
    )
    variant: Any = {
        "VariantName": "AllTraffic",
        "ModelName": "hollow",
        "InstanceType": "ml.m5.xlarge",
        "InitialInstanceCount": 1,
    }
    local.sagemaker.create_endpoint_config(
        EndpointConfigName="hollow", ProductionVariants=[variant]
    )
    local.sagemaker.create_endpoint(EndpointName="hollow", EndpointConfigName="hollow")
    assert local.settled("hollow")["FailureReason"].startswith(
        f'Failed to download model data for container "container_1" from URL: "s3://{BUCKET}/no/model.tar.gz".'
    )
