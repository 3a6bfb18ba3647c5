"""Requests of a real endpoint: what the model gets, and where its answers and failures go."""

from __future__ import annotations

import base64
import json
import uuid
from pathlib import Path
from typing import Any

from tests.integration.localcloud.sagemaker.async_inference.endpoints import (
    FAILURES,
    OUTPUTS,
    answer,
    async_config,
    invoke,
    is_written,
    make_topic,
    put_input,
    serve,
    text,
    topics,
)
from tests.integration.localcloud.sagemaker.conftest import (
    BUCKET,
    Local,
    wait_until,
)


def test_an_answer_is_written_to_s3_as_the_model_gave_it(local: Local) -> None:
    name = serve(local)
    accepted = invoke(local, name, inputs="good")
    assert accepted["ResponseMetadata"]["HTTPStatusCode"] == 202
    output, failure = accepted["OutputLocation"], accepted["FailureLocation"]
    stem = output.removeprefix(f"{OUTPUTS}/").removesuffix(".out")
    assert uuid.UUID(stem)
    assert failure == f"{FAILURES}/{stem}-error.out"
    content = answer(local, accepted)
    assert content["request"] == {"inputs": "good"}
    identifier = content["headers"]["x-amzn-sagemaker-inference-id"]
    assert identifier == accepted["InferenceId"]
    key = output.removeprefix(f"s3://{BUCKET}/")
    head = local.s3.head_object(Bucket=BUCKET, Key=key)
    assert head["ContentType"] == "application/json"
    assert not is_written(local, failure)


def test_headers_of_a_request_reach_the_model(local: Local) -> None:
    name = serve(local)
    accepted = local.runtime.invoke_endpoint_async(
        EndpointName=name,
        InputLocation=put_input(local),
        ContentType="application/json",
        Accept="text/csv",
        CustomAttributes="trace=1",
        InferenceId="mine",
    )
    assert accepted["InferenceId"] == "mine"
    headers = answer(local, accepted)["headers"]
    assert headers["content-type"] == "application/json"
    assert headers["accept"] == "text/csv"
    assert headers["x-amzn-sagemaker-custom-attributes"] == "trace=1"
    assert headers["x-amzn-sagemaker-inference-id"] == "mine"
    assert "authorization" not in headers


def test_a_payload_may_come_with_the_request_and_name_its_output(local: Local) -> None:
    name = serve(local)
    accepted = local.runtime.invoke_endpoint_async(
        EndpointName=name,
        Body=b'{"inputs": "inline"}',
        ContentType="application/json",
        S3OutputPathExtension="today/",
        Filename="answer.json",
    )
    assert accepted["OutputLocation"] == f"{OUTPUTS}/today/answer.json"
    assert answer(local, accepted)["request"] == {"inputs": "inline"}


def test_an_input_above_the_limit_of_other_invocations_is_streamed(
    local: Local,
) -> None:
    name = serve(local)
    location = local.put("inputs/large", b"x" * 20_000_000)
    accepted = local.runtime.invoke_endpoint_async(
        EndpointName=name, InputLocation=location
    )
    assert answer(local, accepted)["request"] == {"bytes": 20_000_000}


def test_the_models_own_error_goes_to_the_failure_path_and_the_error_topic(
    local: Local,
) -> None:
    success, error = make_topic(local), make_topic(local)
    config = topics(success, error, with_response=True)
    name = serve(local, async_config(NotificationConfig=config))
    accepted = invoke(local, name, inputs="bad")
    assert json.loads(text(local, accepted["FailureLocation"])) == {
        "error": "bad inputs"
    }
    assert not is_written(local, accepted["OutputLocation"])
    [notice] = error.results(1)
    assert notice["invocationStatus"] == "Failed"
    assert notice["failureReason"] == (
        "ClientError: Received client error (400) from model. "
        "See the SageMaker Endpoint logs in your account for more information."
    )
    assert notice["inferenceId"] == accepted["InferenceId"]
    parameters = notice["responseParameters"]
    assert parameters["failureLocation"] == accepted["FailureLocation"]
    assert notice["responseBody"]["content"] == '{"error": "bad inputs"}'
    assert success.results(0) == []


def test_a_success_is_announced_with_its_response(local: Local) -> None:
    success, error = make_topic(local), make_topic(local)
    config = topics(success, error, with_response=True)
    name = serve(local, async_config(NotificationConfig=config))
    accepted = invoke(local, name, inputs="good")
    [notice] = success.results(1)
    assert notice["invocationStatus"] == "Completed"
    assert notice["requestParameters"]["endpointName"] == name
    assert notice["responseParameters"] == {
        "contentType": "application/json",
        "outputLocation": accepted["OutputLocation"],
    }
    content = base64.b64decode(notice["responseBody"]["content"])
    assert json.loads(content) == answer(local, accepted)
    assert notice["responseBody"]["encoding"] == "BASE64"
    assert [item["eventName"] for item in success.messages] == [
        "TestNotification",
        "InferenceResult",
    ]
    assert error.results(0) == []


def test_an_input_that_is_not_there_fails_the_request(local: Local) -> None:
    name = serve(local)
    accepted = local.runtime.invoke_endpoint_async(
        EndpointName=name, InputLocation=f"s3://{BUCKET}/nothing"
    )
    reason = text(local, accepted["FailureLocation"])
    assert reason.startswith(
        f"ClientError: Failed to download the input s3://{BUCKET}/nothing"
    )


def test_a_model_that_takes_too_long_fails_the_request(local: Local) -> None:
    name = serve(local)
    accepted = local.runtime.invoke_endpoint_async(
        EndpointName=name,
        InputLocation=put_input(local, sleep=30),
        InvocationTimeoutSeconds=1,
    )
    reason = text(local, accepted["FailureLocation"])
    assert (
        reason
        == "ClientError: The model did not answer within 1 s (InvocationTimeoutSeconds)."
    )


def test_a_request_that_ends_every_server_fails_alone(local: Local) -> None:
    name = serve(local)
    accepted = invoke(local, name, inputs="exit")
    other = invoke(local, name, inputs="good")
    reason = text(local, accepted["FailureLocation"])
    assert reason.startswith("ClientError: The model server ended while it had")
    assert answer(local, other)["version"] == "one"


def test_the_data_log_names_the_request(local: Local) -> None:
    name = serve(local)
    accepted = invoke(local, name, inputs="good")
    group = f"/aws/sagemaker/Endpoints/{name}"
    line = f"[sagemaker logs] [{accepted['InferenceId']}] Inference request succeeded."
    wait_until(lambda: line in local.log_lines(group, "AllTraffic/i-"))
    streams = local.logs.describe_log_streams(logGroupName=group)["logStreams"]
    names = [stream["logStreamName"] for stream in streams]
    assert any(Path(stream).name == "data-log" for stream in names)


def test_an_endpoint_without_paths_only_announces(local: Local) -> None:
    success, error = make_topic(local), make_topic(local)
    notifications = topics(success, error, with_response=True)
    config: Any = {"OutputConfig": {"NotificationConfig": notifications}}
    accepted = invoke(local, serve(local, config), inputs="good")
    assert "OutputLocation" not in accepted
    assert "FailureLocation" not in accepted
    [notice] = success.results(1)
    assert notice["responseParameters"] == {"contentType": "application/json"}
