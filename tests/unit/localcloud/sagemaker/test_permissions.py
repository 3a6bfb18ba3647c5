from __future__ import annotations

from typing import Any

import pytest

from localcloud.sagemaker.common.access import SERVICE, Check
from localcloud.sagemaker.permissions import checks, invocation_checks

TAGS = [{"Key": "a", "Value": "b"}]


def arn(kind: str, name: str) -> str:
    return f"{kind}/{name}"


@pytest.mark.parametrize(
    ("operation", "request_", "expected"),
    [
        (
            "CreateEndpoint",
            {"EndpointName": "e", "EndpointConfigName": "c"},
            [
                Check("sagemaker:CreateEndpoint", "endpoint/e"),
                Check("sagemaker:CreateEndpoint", "endpoint-config/c"),
            ],
        ),
        (
            "CreateModel",
            {"ModelName": "m", "ExecutionRoleArn": "role", "Tags": TAGS},
            [
                Check("sagemaker:CreateModel", "model/m"),
                Check("sagemaker:AddTags", "model/m"),
                Check("iam:PassRole", "role", passed_to=SERVICE),
            ],
        ),
        (
            "AddTags",
            {"ResourceArn": "model/m", "Tags": TAGS},
            [Check("sagemaker:AddTags", "model/m")],
        ),
        (
            "UpdateEndpoint",
            {
                "EndpointName": "e",
                "EndpointConfigName": "c",
                "DeploymentConfig": {"AutoRollbackConfiguration": {"Alarms": [{}]}},
            },
            [
                Check("sagemaker:UpdateEndpoint", "endpoint/e"),
                Check("sagemaker:UpdateEndpoint", "endpoint-config/c"),
                Check("cloudwatch:DescribeAlarms", "*"),
            ],
        ),
        ("ListModels", {}, [Check("sagemaker:ListModels", "*")]),
    ],
)
def test_a_request_needs_its_action_on_every_resource_that_it_names(
    operation: str, request_: dict[str, Any], expected: list[Check]
) -> None:
    assert checks(operation, request_, arn) == expected


def test_an_invocation_needs_the_endpoint() -> None:
    assert invocation_checks("e", arn) == [
        Check("sagemaker:InvokeEndpoint", "endpoint/e")
    ]


def test_an_asynchronous_invocation_is_an_action_of_its_own() -> None:
    assert invocation_checks("e", arn, "InvokeEndpointAsync") == [
        Check("sagemaker:InvokeEndpointAsync", "endpoint/e")
    ]
