from __future__ import annotations

from typing import Any

import pytest

from localcloud.sagemaker.common.errors import ValidationError
from localcloud.sagemaker.operations.hosting_checks import (
    check_endpoint_config,
    check_model,
)

ROLE = "arn:aws:iam::000000000000:role/sagemaker"
INSTANCES = {"InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


def variant(**fields: Any) -> dict[str, Any]:
    return {"VariantName": "a", "ModelName": "m", **fields}


def config(*variants: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"ProductionVariants": list(variants), **fields}


def test_what_can_be_served_passes() -> None:
    check_model({"ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": "i"}})
    check_endpoint_config(config(variant(**INSTANCES)))
    asynchronous = {"OutputConfig": {"S3OutputPath": "s3://b/p"}}
    check_endpoint_config(
        config(variant(**INSTANCES), AsyncInferenceConfig=asynchronous)
    )
    serverless = variant(ServerlessConfig=SERVERLESS)
    no_capture = {"EnableCapture": False}
    check_endpoint_config(config(serverless, DataCaptureConfig=no_capture))


@pytest.mark.parametrize(
    ("request_body", "words"),
    [
        ({"ExecutionRoleArn": ROLE}, "Expected PrimaryContainer or Containers"),
        ({"PrimaryContainer": {"Image": "i"}}, "Expected an ExecutionRoleArn"),
        ({"ExecutionRoleArn": ROLE, "PrimaryContainer": {}}, "Expected an Image"),
        (
            {
                "ExecutionRoleArn": ROLE,
                "PrimaryContainer": {"Image": "i", "Mode": "MultiModel"},
            },
            "found MultiModel",
        ),
    ],
)
def test_a_model_that_cannot_be_served_is_refused(
    request_body: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        check_model(request_body)


@pytest.mark.parametrize(
    ("request_body", "words"),
    [
        (config(variant()), "found neither"),
        (config(variant(InstanceType="ml.m5.xlarge")), "found InstanceType"),
        (config(variant(**INSTANCES), variant(**INSTANCES)), "found 'a' 2 times"),
        (
            config(variant(**INSTANCES, ServerlessConfig=SERVERLESS)),
            "found InitialInstanceCount and InstanceType beside it",
        ),
        (
            config(variant(ServerlessConfig=SERVERLESS | {"MemorySizeInMB": 1025})),
            "one of 1024, 2048, 3072, 4096, 5120, 6144; found 1025",
        ),
        (config({"VariantName": "a"}), "Expected a ModelName"),
        (config(variant(InstancePools=[{}])), "does not have InstancePools"),
        (
            config(
                variant(ServerlessConfig=SERVERLESS),
                AsyncInferenceConfig={"OutputConfig": {}},
            ),
            "with AsyncInferenceConfig; 'a' has ServerlessConfig",
        ),
        (
            config(
                variant(**INSTANCES),
                AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "https://b"}},
            ),
            "Expected S3OutputPath of AsyncInferenceConfig like s3://bucket/prefix",
        ),
        (
            config(variant(**INSTANCES), ShadowProductionVariants=[variant()]),
            "does not have ShadowProductionVariants",
        ),
        (
            config(variant(**INSTANCES), DataCaptureConfig={"EnableCapture": True}),
            "nothing would be captured",
        ),
    ],
)
def test_a_config_that_cannot_be_deployed_is_refused(
    request_body: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        check_endpoint_config(request_body)
