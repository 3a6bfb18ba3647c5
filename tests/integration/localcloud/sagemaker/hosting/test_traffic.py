"""Updates with a `DeploymentConfig`, under load."""

from __future__ import annotations

import os
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.callers import calling
from tests.integration.localcloud.sagemaker.conftest import Local, wait_until


def shifting(kind: str, wait: int, alarm: str = "", **sizes: int) -> Any:
    """A `DeploymentConfig`; sizes in percent, waits in seconds."""
    routing: dict[str, Any] = {"Type": kind, "WaitIntervalInSeconds": wait}
    for name, value in sizes.items():
        routing[name] = {"Type": "CAPACITY_PERCENT", "Value": value}
    config: dict[str, Any] = {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}
    }
    if alarm:
        config["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": alarm}]}
    return config


def update(local: Local, name: str, deployment: Any, **model: Any) -> str:
    """Begins an update to version two; the new config's name."""
    config = local.make_config("two", **model)
    local.sagemaker.update_endpoint(
        EndpointName=name, EndpointConfigName=config, DeploymentConfig=deployment
    )
    return config


def is_baking(local: Local, name: str) -> bool:
    endpoint = local.sagemaker.describe_endpoint(EndpointName=name)
    variants = endpoint.get("PendingDeploymentSummary", {}).get(
        "ProductionVariants", []
    )
    return any("VariantStatus" in variant for variant in variants)


@dataclass
class Calls:
    versions: list[str] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)


@contextmanager
def under_load(local: Local, name: str) -> Iterator[Calls]:
    """Clients that call the endpoint all the time."""
    calls = Calls()

    def call() -> None:
        try:
            calls.versions.append(local.invoke(name)["version"])
        except Exception as error:
            calls.failures.append(error)

    with calling(call):
        yield calls


def an_alarm(local: Local, endpoint: str) -> str:
    """An alarm on the errors of an endpoint; its name."""
    name = f"errors-{uuid.uuid4().hex[:8]}"
    local.cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=[
            {"Name": "EndpointName", "Value": endpoint},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    return name


def put_errors(local: Local, endpoint: str) -> None:
    local.cloudwatch.put_metric_data(
        Namespace="AWS/SageMaker",
        MetricData=[
            {
                "MetricName": "Invocation5XXErrors",
                "Value": 5,
                "Dimensions": [
                    {"Name": "EndpointName", "Value": endpoint},
                    {"Name": "VariantName", "Value": "AllTraffic"},
                ],
            }
        ],
    )


def test_a_canary_answers_its_share_until_the_rest_follows(local: Local) -> None:
    name = local.serve("one")
    with under_load(local, name) as calls:
        config = update(
            local, name, shifting("CANARY", wait=3, CanarySize=25), slow=0.1
        )
        wait_until(lambda: is_baking(local, name))
        first = len(calls.versions)
        wait_until(lambda: len(calls.versions) >= first + 200)
        shares = Counter(calls.versions[first : first + 200])
        endpoint = local.settled(name)
        wait_until(lambda: calls.versions[-20:] == ["two"] * 20)
    assert calls.failures == []
    assert 20 <= shares["two"] <= 85
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == (
        "InService",
        config,
    )
    assert "VariantStatus" not in endpoint["ProductionVariants"][0]
    used = endpoint["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]
    assert used["TrafficRoutingConfiguration"]["Type"] == "CANARY"


def test_a_linear_update_moves_in_even_steps(local: Local) -> None:
    name = local.serve("one")
    with under_load(local, name) as calls:
        config = update(local, name, shifting("LINEAR", wait=1, LinearStepSize=50))
        endpoint = local.settled(name)
    assert calls.failures == []
    assert endpoint["EndpointConfigName"] == config
    began = calls.versions.index("two")
    last_old = len(calls.versions) - calls.versions[::-1].index("one")
    both = Counter(calls.versions[began:last_old])
    assert 0.3 < both["two"] / both.total() < 0.7
    assert local.invoke(name)["version"] == "two"


def test_an_alarm_takes_the_traffic_back_and_no_request_fails(local: Local) -> None:
    name = local.serve("one")
    old = local.sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    alarm = an_alarm(local, name)
    with under_load(local, name) as calls:
        update(local, name, shifting("CANARY", wait=600, alarm=alarm, CanarySize=50))
        wait_until(lambda: "two" in calls.versions)
        put_errors(local, name)
        endpoint = local.settled(name)
        wait_until(lambda: calls.versions[-20:] == ["one"] * 20)
    assert calls.failures == []
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == (
        "InService",
        old,
    )
    assert alarm in endpoint["FailureReason"]
    assert "PendingDeploymentSummary" not in endpoint


def test_the_errors_of_another_endpoint_trip_no_alarm(local: Local) -> None:
    name = local.serve("one")
    alarm = an_alarm(local, name)
    put_errors(local, "another")
    deployment = shifting("ALL_AT_ONCE", wait=1, alarm=alarm)
    config = update(local, name, deployment)
    assert local.settled(name)["EndpointConfigName"] == config


def test_the_last_way_is_used_again_where_it_is_retained(local: Local) -> None:
    name = local.serve("one")
    update(local, name, shifting("CANARY", wait=0, CanarySize=10))
    local.settled(name)
    config = local.make_config("three")
    local.sagemaker.update_endpoint(
        EndpointName=name, EndpointConfigName=config, RetainDeploymentConfig=True
    )
    assert "LastDeploymentConfig" in local.settled(name)
    local.sagemaker.update_endpoint(
        EndpointName=name, EndpointConfigName=local.make_config("four")
    )
    assert "LastDeploymentConfig" not in local.settled(name)


def test_a_stop_in_the_middle_of_a_canary_leaves_no_process(own_local: Local) -> None:
    name = own_local.serve("one")
    update(own_local, name, shifting("CANARY", wait=600, CanarySize=50))
    answers: dict[str, int] = {}

    def both_answer() -> bool:
        answer = own_local.invoke(name)
        answers[answer["version"]] = answer["pid"]
        return len(answers) == 2

    wait_until(both_answer)
    own_local.end()
    for pid in answers.values():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    own_local.start()
    answers.clear()
    wait_until(both_answer)


def test_what_cannot_be_shifted_is_refused(local: Local) -> None:
    name = local.serve("one")
    with pytest.raises(ClientError, match="CanarySize between 1 % and 50 %"):
        update(local, name, shifting("CANARY", wait=1, CanarySize=60))
    with pytest.raises(ClientError, match="no alarm missing"):
        update(local, name, shifting("ALL_AT_ONCE", wait=1, alarm="missing"))
    config = local.make_config("two")
    described = local.sagemaker.describe_endpoint_config(EndpointConfigName=config)
    variant: Any = described["ProductionVariants"][0] | {"VariantName": "Other"}
    local.sagemaker.create_endpoint_config(
        EndpointConfigName=f"{config}-other", ProductionVariants=[variant]
    )
    with pytest.raises(ClientError, match="variants keep their names"):
        local.sagemaker.update_endpoint(
            EndpointName=name,
            EndpointConfigName=f"{config}-other",
            DeploymentConfig=shifting("ALL_AT_ONCE", wait=1),
        )
    assert local.endpoint_status(name) == "InService"
