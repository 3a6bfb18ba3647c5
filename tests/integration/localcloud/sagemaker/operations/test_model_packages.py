"""The registry through boto3, up to an endpoint whose model is made of an approved version."""

from __future__ import annotations

import json
from typing import Any

from tests.integration.localcloud.sagemaker.conftest import (
    ROLE,
    SERVER_IMAGE,
    Local,
    archive,
)

GROUP, MODEL = "registered", "of-a-package"


def test_a_version_is_registered_approved_deployed_and_answers(local: Local) -> None:
    sagemaker = local.sagemaker
    model = json.dumps({"version": "packaged"})
    uri = local.put("archives/packaged.tar.gz", archive({"model.json": model}))
    sagemaker.create_model_package_group(ModelPackageGroupName=GROUP)
    arn = sagemaker.create_model_package(
        ModelPackageGroupName=GROUP,
        InferenceSpecification={
            "Containers": [{"Image": SERVER_IMAGE, "ModelDataUrl": uri}],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
    )["ModelPackageArn"]
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    (listed,) = sagemaker.list_model_packages(
        ModelPackageGroupName=GROUP, ModelApprovalStatus="Approved"
    )["ModelPackageSummaryList"]
    assert (listed["ModelPackageArn"], listed["ModelPackageVersion"]) == (arn, 1)
    container: Any = {"ModelPackageName": arn, "Environment": {"GREETING": "hello"}}
    sagemaker.create_model(
        ModelName=MODEL, ExecutionRoleArn=ROLE, PrimaryContainer=container
    )
    assert sagemaker.describe_model(ModelName=MODEL)["PrimaryContainer"] == container
    variant: Any = {
        "VariantName": "AllTraffic",
        "ModelName": MODEL,
        "InstanceType": "ml.m5.xlarge",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(
        EndpointConfigName=MODEL, ProductionVariants=[variant]
    )
    sagemaker.create_endpoint(EndpointName=MODEL, EndpointConfigName=MODEL)
    assert local.settled(MODEL)["EndpointStatus"] == "InService"
    answer = local.invoke(MODEL, inputs="x")
    assert (answer["version"], answer["greeting"]) == ("packaged", "hello")
