from __future__ import annotations

import os
import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.sagemaker.conftest import Local, wait_until


def test_an_endpoint_serves_the_model_of_its_archive(local: Local) -> None:
    name = local.serve("one")
    answer = local.invoke(name, inputs="x")
    assert (answer["version"], answer["greeting"], answer["request"]) == (
        "one",
        "hello one",
        {"inputs": "x"},
    )
    described = local.sagemaker.describe_endpoint(EndpointName=name)
    assert described["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    assert "FailureReason" not in described
    lines: list[str] = []
    group = f"/aws/sagemaker/Endpoints/{name}"
    wait_until(lambda: lines.extend(local.log_lines(group, "AllTraffic/")) or lines, 5)
    assert lines[0] == "serving version one"


def test_an_update_under_traffic_fails_no_request(local: Local) -> None:
    name = local.serve("one")
    old = local.sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    answers, failures, done = [], [], threading.Event()

    def call() -> None:
        while not done.is_set():
            try:
                answers.append(local.invoke(name, sleep=0.02)["version"])
            except Exception as error:
                failures.append(error)

    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()
    new = local.make_config("two")
    local.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=new)
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        local.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=old)
    endpoint = local.settled(name)
    time.sleep(0.5)
    done.set()
    for caller in callers:
        caller.join()
    assert failures == []
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == (
        "InService",
        new,
    )
    assert (
        answers == sorted(answers, key=["one", "two"].index)
        or answers.count("two") > 10
    )
    assert local.invoke(name)["version"] == "two"


def test_a_failed_update_returns_to_the_old_config_and_says_why(local: Local) -> None:
    name = local.serve("one")
    old = local.sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    local.sagemaker.update_endpoint(
        EndpointName=name, EndpointConfigName=local.make_config("two", broken=True)
    )
    pending = local.sagemaker.describe_endpoint(EndpointName=name)
    assert pending["EndpointStatus"] == "Updating"
    assert pending["PendingDeploymentSummary"]["EndpointConfigName"] != old
    endpoint = local.settled(name)
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == (
        "InService",
        old,
    )
    assert endpoint["FailureReason"].startswith(PING_FAILED)
    assert "PendingDeploymentSummary" not in endpoint
    assert local.invoke(name)["version"] == "one"


def test_an_endpoint_on_instances_cannot_become_serverless(local: Local) -> None:
    name, config = local.serve("one"), local.make_config("two", serverless=True)
    with pytest.raises(ClientError, match=r"ValidationException.*serverless"):
        local.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    assert local.endpoint_status(name) == "InService"
    assert local.invoke(name)["version"] == "one"


def test_a_serverless_endpoint_can_become_one_on_instances(local: Local) -> None:
    name, config = local.serve("one", serverless=True), local.make_config("two")
    local.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    variant = local.settled(name)["ProductionVariants"][0]
    assert variant["CurrentInstanceCount"] == 1
    assert "CurrentServerlessConfig" not in variant
    assert local.invoke(name)["version"] == "two"


PING_FAILED = (
    "The primary container for production variant AllTraffic did not pass the ping health check. "
    "Please check CloudWatch logs for this endpoint."
)


def test_an_endpoint_whose_server_never_starts_fails_and_can_be_deleted(
    local: Local,
) -> None:
    config = local.make_config("one", broken=True)
    local.sagemaker.create_endpoint(EndpointName="never", EndpointConfigName=config)
    endpoint = local.settled("never")
    assert endpoint["EndpointStatus"] == "Failed"
    reason, _, lines = endpoint["FailureReason"].partition(" Its last lines:\n")
    assert reason == PING_FAILED
    assert "ended with code" in lines
    local.sagemaker.delete_endpoint(EndpointName="never")
    wait_until(lambda: gone(local, "never"))


def test_deleting_lets_requests_in_flight_finish_and_leaves_no_process(
    local: Local,
) -> None:
    name = local.serve()
    pid = local.invoke(name)["pid"]
    answers: list[str] = []
    caller = threading.Thread(
        target=lambda: answers.append(local.invoke(name, sleep=0.5)["version"])
    )
    caller.start()
    time.sleep(0.2)
    local.sagemaker.delete_endpoint(EndpointName=name)
    wait_until(lambda: gone(local, name))
    caller.join()
    assert answers == ["one"]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_weights_can_be_changed(local: Local) -> None:
    name = local.serve()
    weights: Any = [{"VariantName": "AllTraffic", "DesiredWeight": 0.5}]
    local.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name, DesiredWeightsAndCapacities=weights
    )
    variant = local.sagemaker.describe_endpoint(EndpointName=name)[
        "ProductionVariants"
    ][0]
    assert (variant["CurrentWeight"], variant["DesiredWeight"]) == (0.5, 0.5)


def gone(local: Local, name: str) -> bool:
    try:
        local.sagemaker.describe_endpoint(EndpointName=name)
    except ClientError as error:
        return "Could not find endpoint" in str(error)
    return False
