"""What the caller of each operation must be allowed, as the Service Authorization Reference has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.sagemaker.common.access import SERVICE, Check
from localcloud.sagemaker.common.store import (
    ENDPOINT,
    ENDPOINT_CONFIG,
    MODEL,
    MODEL_PACKAGE,
    MODEL_PACKAGE_GROUP,
    TRAINING_JOB,
    TRANSFORM_JOB,
    Kind,
)

Arn = Callable[[str, str], str]
"""The ARN of a resource, of its kind and its name."""
_RESOURCES: Mapping[str, tuple[Kind, ...]] = {
    "CreateEndpoint": (ENDPOINT, ENDPOINT_CONFIG),
    "CreateEndpointConfig": (ENDPOINT_CONFIG,),
    "CreateModel": (MODEL,),
    "CreateModelPackage": (MODEL_PACKAGE_GROUP, MODEL_PACKAGE),
    "CreateModelPackageGroup": (MODEL_PACKAGE_GROUP,),
    "CreateTrainingJob": (TRAINING_JOB,),
    "CreateTransformJob": (TRANSFORM_JOB,),
    "DeleteEndpoint": (ENDPOINT,),
    "DeleteEndpointConfig": (ENDPOINT_CONFIG,),
    "DeleteModel": (MODEL,),
    "DeleteModelPackage": (MODEL_PACKAGE,),
    "DeleteModelPackageGroup": (MODEL_PACKAGE_GROUP,),
    "DeleteTrainingJob": (TRAINING_JOB,),
    "DescribeEndpoint": (ENDPOINT,),
    "DescribeEndpointConfig": (ENDPOINT_CONFIG,),
    "DescribeModel": (MODEL,),
    "DescribeModelPackage": (MODEL_PACKAGE,),
    "DescribeModelPackageGroup": (MODEL_PACKAGE_GROUP,),
    "DescribeTrainingJob": (TRAINING_JOB,),
    "DescribeTransformJob": (TRANSFORM_JOB,),
    "StopTrainingJob": (TRAINING_JOB,),
    "StopTransformJob": (TRANSFORM_JOB,),
    "UpdateEndpoint": (ENDPOINT, ENDPOINT_CONFIG),
    "UpdateEndpointWeightsAndCapacities": (ENDPOINT,),
    "UpdateTrainingJob": (TRAINING_JOB,),
}
"""Operation -> the kinds of the resources that its request names; the lists name none."""
_ROLE_FIELDS = ("RoleArn", "ExecutionRoleArn")


def checks(operation: str, request: Mapping[str, Any], arn: Arn) -> list[Check]:
    """What a request of the control plane needs."""
    action = f"sagemaker:{operation}"
    resources = [
        _arn_of(kind, request[kind.name_field], arn)
        for kind in _RESOURCES.get(operation, ())
        if kind.name_field in request
    ]
    required = [Check(action, resource) for resource in resources]
    if not required:
        resource = request.get("ResourceArn") or request.get("ModelPackageArn") or "*"
        required = [Check(action, resource)]
    if request.get("Tags") and operation != "AddTags":
        required.append(Check("sagemaker:AddTags", resources[0]))
    if request.get("DeploymentConfig", {}).get("AutoRollbackConfiguration"):
        # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
        required.append(Check("cloudwatch:DescribeAlarms", "*"))
    for field in _ROLE_FIELDS:
        if field in request:
            required.append(Check("iam:PassRole", request[field], passed_to=SERVICE))
    return required


def _arn_of(kind: Kind, name: str, arn: Arn) -> str:
    """Some requests take an ARN in place of a name."""
    return name if name.startswith("arn:") else arn(kind.key, name)


def invocation_checks(
    endpoint: str, arn: Arn, operation: str = "InvokeEndpoint"
) -> list[Check]:
    """What InvokeEndpoint needs, and InvokeEndpointWithResponseStream too, as its page of the API reference says.

    `operation` is InvokeEndpointAsync for asynchronous invocations.
    """
    return [Check(f"sagemaker:{operation}", arn(ENDPOINT.key, endpoint))]
