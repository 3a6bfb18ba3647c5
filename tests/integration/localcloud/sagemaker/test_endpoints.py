from __future__ import annotations

import json
import os
import signal
import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.sagemaker.conftest import BUCKET, ROLE, SERVER_IMAGE, Local, wait_until


def test_an_endpoint_serves_the_model_of_its_archive(local: Local) -> None:
    name = local.serve("one")
    answer = local.invoke(name, inputs="x")
    assert (answer["version"], answer["greeting"], answer["request"]) == ("one", "hello one", {"inputs": "x"})
    described = local.sagemaker.describe_endpoint(EndpointName=name)
    assert described["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    assert "FailureReason" not in described
    lines: list[str] = []
    group = f"/aws/sagemaker/Endpoints/{name}"
    wait_until(lambda: lines.extend(local.log_lines(group, "AllTraffic/")) or lines, 5)
    assert lines[0] == "serving version one"


def test_headers_pass_through_to_the_model_and_back(local: Local) -> None:
    name = local.serve()
    answer = local.runtime.invoke_endpoint(
        EndpointName=name,
        ContentType="application/json",
        Accept="text/csv",
        CustomAttributes="trace=1",
        InferenceId="id-1",
        TargetVariant="AllTraffic",
        Body=b"{}",
    )
    seen = json.loads(answer["Body"].read())["headers"]
    assert seen["content-type"] == "application/json"
    assert seen["accept"] == "text/csv"
    assert seen["x-amzn-sagemaker-custom-attributes"] == "trace=1"
    assert seen["x-amzn-sagemaker-inference-id"] == "id-1"
    assert "authorization" not in seen
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert answer["CustomAttributes"] == "from-the-model"
    assert answer["ContentType"] == "application/json"


def test_the_models_own_error_is_a_model_error(local: Local) -> None:
    name = local.serve()
    with pytest.raises(ClientError) as caught:
        local.invoke(name, inputs="bad")
    response: Any = caught.value.response
    assert response["Error"]["Code"] == "ModelError"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == 400
    assert response["OriginalMessage"] == '{"error": "bad inputs"}'
    assert response["LogStreamArn"].endswith(f"log-group:/aws/sagemaker/Endpoints/{name}")


def test_a_body_over_the_limit_is_refused(local: Local) -> None:
    name = local.serve()
    with pytest.raises(ClientError, match="less than or equal to 6291456; found 6291457") as caught:
        local.runtime.invoke_endpoint(EndpointName=name, Body=b"x" * 6_291_457)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    answer = local.runtime.invoke_endpoint(EndpointName=name, Body=b"x" * 6_291_456)
    assert b'"bytes": 6291456' in answer["Body"].read()


def test_a_serverless_endpoint_takes_smaller_bodies(local: Local) -> None:
    name = local.serve(serverless=True)
    assert local.invoke(name)["version"] == "one"
    with pytest.raises(ClientError, match="less than or equal to 4194304"):
        local.runtime.invoke_endpoint(EndpointName=name, Body=b"x" * 4_194_305)


def test_a_missing_endpoint_is_a_validation_error(local: Local) -> None:
    with pytest.raises(ClientError, match="Endpoint nobody of account 000000000000 not found") as caught:
        local.invoke("nobody")
    assert caught.value.response["Error"]["Code"] == "ValidationError"


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
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == ("InService", new)
    assert answers == sorted(answers, key=["one", "two"].index) or answers.count("two") > 10
    assert local.invoke(name)["version"] == "two"


def test_a_failed_update_returns_to_the_old_config_and_says_why(local: Local) -> None:
    name = local.serve("one")
    old = local.sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    local.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=local.make_config("two", broken=True))
    pending = local.sagemaker.describe_endpoint(EndpointName=name)
    assert pending["EndpointStatus"] == "Updating"
    assert pending["PendingDeploymentSummary"]["EndpointConfigName"] != old
    endpoint = local.settled(name)
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == ("InService", old)
    assert endpoint["FailureReason"] == PING_FAILED
    assert "PendingDeploymentSummary" not in endpoint
    assert local.invoke(name)["version"] == "one"


PING_FAILED = (
    "The primary container for production variant AllTraffic did not pass the ping health check. "
    "Please check CloudWatch logs for this endpoint."
)


def test_an_endpoint_whose_server_never_starts_fails_and_can_be_deleted(local: Local) -> None:
    config = local.make_config("one", broken=True)
    local.sagemaker.create_endpoint(EndpointName="never", EndpointConfigName=config)
    endpoint = local.settled("never")
    assert (endpoint["EndpointStatus"], endpoint["FailureReason"]) == ("Failed", PING_FAILED)
    local.sagemaker.delete_endpoint(EndpointName="never")
    wait_until(lambda: gone(local, "never"))


def test_an_endpoint_without_its_archive_fails(local: Local) -> None:
    container: Any = {"Image": SERVER_IMAGE, "ModelDataUrl": f"s3://{BUCKET}/no/model.tar.gz"}
    local.sagemaker.create_model(ModelName="hollow", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    variant: Any = {"VariantName": "AllTraffic", "ModelName": "hollow", "InitialInstanceCount": 1}
    local.sagemaker.create_endpoint_config(EndpointConfigName="hollow", ProductionVariants=[variant])
    local.sagemaker.create_endpoint(EndpointName="hollow", EndpointConfigName="hollow")
    assert local.settled("hollow")["FailureReason"].startswith(
        f'Failed to download model data for container "container_1" from URL: "s3://{BUCKET}/no/model.tar.gz".'
    )


def test_a_killed_model_server_comes_back_and_requests_wait_for_it(local: Local) -> None:
    name = local.serve()
    first = local.invoke(name)["pid"]
    os.kill(first, signal.SIGKILL)
    second = local.invoke(name)["pid"]
    assert second != first
    assert local.endpoint_status(name) == "InService"


def test_a_request_that_ends_every_server_is_a_model_error(local: Local) -> None:
    name = local.serve()
    with pytest.raises(ClientError, match="the model server ended") as caught:
        local.invoke(name, inputs="exit")
    assert caught.value.response["Error"]["Code"] == "ModelError"
    assert local.invoke(name)["version"] == "one"


def test_deleting_lets_requests_in_flight_finish_and_leaves_no_process(local: Local) -> None:
    name = local.serve()
    pid = local.invoke(name)["pid"]
    answers: list[str] = []
    caller = threading.Thread(target=lambda: answers.append(local.invoke(name, sleep=0.5)["version"]))
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
    local.sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=weights)
    variant = local.sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"][0]
    assert (variant["CurrentWeight"], variant["DesiredWeight"]) == (0.5, 0.5)


def gone(local: Local, name: str) -> bool:
    try:
        local.sagemaker.describe_endpoint(EndpointName=name)
    except ClientError as error:
        return "Could not find endpoint" in str(error)
    return False


def test_ways_of_invoking_that_are_not_here_say_so(local: Local) -> None:
    with pytest.raises(ClientError, match=r"does not have async-invocations, only invocations: call InvokeEndpoint"):
        local.runtime.invoke_endpoint_async(EndpointName="any", InputLocation="s3://b/k")
