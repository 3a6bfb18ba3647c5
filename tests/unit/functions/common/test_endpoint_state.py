from __future__ import annotations

from typing import Any

import pytest

from functions.common.endpoint_state import configs_of, must_be_replaced

ON_INSTANCES: dict[str, Any] = {"ProductionVariants": [{"CurrentInstanceCount": 1}]}
SERVERLESS: dict[str, Any] = {
    "ProductionVariants": [{"CurrentServerlessConfig": {"MemorySizeInMB": 2048}}]
}
TO_INSTANCES: dict[str, Any] = {"ProductionVariants": [{"InstanceType": "ml.m5.large"}]}
TO_SERVERLESS: dict[str, Any] = {
    "ProductionVariants": [{"ServerlessConfig": {"MemorySizeInMB": 2048}}]
}


@pytest.mark.parametrize(
    ("endpoint", "config", "expected"),
    [
        (ON_INSTANCES, TO_SERVERLESS, True),
        (ON_INSTANCES, TO_INSTANCES, False),
        (SERVERLESS, TO_INSTANCES, False),
        (SERVERLESS, TO_SERVERLESS, False),
        (ON_INSTANCES, None, False),
        ({}, TO_SERVERLESS, False),
    ],
)
def test_only_instances_that_become_serverless_need_a_new_endpoint(
    endpoint: dict[str, Any], config: dict[str, Any] | None, expected: bool
) -> None:
    assert must_be_replaced(endpoint, config) is expected


@pytest.mark.parametrize(
    ("endpoint", "configs"),
    [
        (None, set()),
        ({"EndpointStatus": "Deleting", "EndpointConfigName": "a"}, set()),
        ({"EndpointStatus": "InService", "EndpointConfigName": "a"}, {"a"}),
        (
            {
                "EndpointStatus": "Updating",
                "EndpointConfigName": "a",
                "PendingDeploymentSummary": {"EndpointConfigName": "b"},
            },
            {"a", "b"},
        ),
        (
            {
                "EndpointStatus": "Creating",
                "PendingDeploymentSummary": {"EndpointConfigName": "b"},
            },
            {"b"},
        ),
    ],
)
def test_the_config_that_is_being_deployed_is_in_use_too(
    endpoint: dict[str, Any] | None, configs: set[str]
) -> None:
    assert configs_of(endpoint) == configs
