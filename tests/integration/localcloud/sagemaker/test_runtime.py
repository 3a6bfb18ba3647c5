from __future__ import annotations

import json
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError, EventStreamError

from tests.integration.localcloud.sagemaker.conftest import Local


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


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"CustomAttributes": "ünï"}, r"Value at 'customAttributes' failed"),
        ({"TargetModel": "a.tar.gz"}, "does not support target model header"),
        ({"TargetContainerHostname": "a"}, "does not support target container"),
        ({"InferenceComponentName": "a"}, "has no inference components"),
        ({"EnableExplanations": "`true`"}, "has no ExplainerConfig"),
    ],
)
def test_headers_that_sagemaker_refuses_reach_no_model(
    local: Local, options: dict[str, Any], words: str
) -> None:
    name = local.serve()
    with pytest.raises(ClientError, match=words) as caught:
        local.runtime.invoke_endpoint(EndpointName=name, Body=b"{}", **options)
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_the_models_own_error_is_a_model_error(local: Local) -> None:
    name = local.serve()
    with pytest.raises(ClientError) as caught:
        local.invoke(name, inputs="bad")
    response: Any = caught.value.response
    assert response["Error"]["Code"] == "ModelError"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == 400
    assert response["OriginalMessage"] == '{"error": "bad inputs"}'
    assert response["LogStreamArn"].endswith(
        f"log-group:/aws/sagemaker/Endpoints/{name}"
    )


def test_a_body_over_the_limit_is_refused(local: Local) -> None:
    name = local.serve()
    with pytest.raises(
        ClientError, match="less than or equal to 6291456; found 6291457"
    ) as caught:
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
    with pytest.raises(
        ClientError, match="Endpoint nobody of account 000000000000 not found"
    ) as caught:
        local.invoke("nobody")
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_a_request_that_ends_every_server_is_a_model_error(local: Local) -> None:
    name = local.serve()
    with pytest.raises(ClientError, match="the model server ended") as caught:
        local.invoke(name, inputs="exit")
    assert caught.value.response["Error"]["Code"] == "ModelError"
    assert local.invoke(name)["version"] == "one"


def stream(local: Local, name: str, pieces: list[str]) -> Any:
    return local.runtime.invoke_endpoint_with_response_stream(
        EndpointName=name,
        ContentType="application/json",
        Accept="text/event-stream",
        Body=json.dumps({"stream": pieces}),
    )


def test_a_stream_arrives_part_by_part(local: Local) -> None:
    answer = stream(local, local.serve(), ["one", "two", "three"])
    assert answer["ContentType"] == "text/event-stream"
    assert answer["CustomAttributes"] == "text/event-stream"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    parts: list[bytes] = []
    times: list[float] = []
    for event in answer["Body"]:
        parts.append(event["PayloadPart"]["Bytes"])
        times.append(time.monotonic())
    assert parts == [b"one", b"two", b"three"]
    assert times[-1] - times[0] > 0.3


def test_a_stream_whose_model_server_ends_is_broken(local: Local) -> None:
    name = local.serve()
    events = iter(stream(local, name, ["one", "exit"])["Body"])
    assert next(events)["PayloadPart"]["Bytes"] == b"one"
    with pytest.raises(EventStreamError, match="was reset or closed") as caught:
        next(events)
    response: Any = caught.value.response
    assert response["Error"]["Code"] == "ModelStreamError"
    assert local.invoke(name)["version"] == "one"


def test_a_refusal_comes_in_the_place_of_a_stream(local: Local) -> None:
    name = local.serve()
    with pytest.raises(ClientError, match="bad inputs") as caught:
        local.runtime.invoke_endpoint_with_response_stream(
            EndpointName=name, ContentType="application/json", Body=b'{"inputs": "bad"}'
        )
    response: Any = caught.value.response
    assert response["Error"]["Code"] == "ModelError"
    assert response["OriginalStatusCode"] == 400


def test_a_client_that_leaves_a_stream_frees_its_server(local: Local) -> None:
    name = local.serve()
    answer = stream(local, name, ["one"] * 50)
    next(iter(answer["Body"]))
    answer["Body"].close()
    assert local.invoke(name)["version"] == "one"


def test_a_serverless_endpoint_streams_nothing(local: Local) -> None:
    name = local.serve(serverless=True)
    with pytest.raises(ClientError, match="is serverless") as caught:
        stream(local, name, ["one"])
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_ways_of_invoking_that_are_not_here_say_so(local: Local) -> None:
    request = local.request("/endpoints/any/batch-invocations")
    with pytest.raises(HTTPError) as caught:
        urlopen(request)
    with caught.value as error:
        message = json.loads(error.read())["Message"]
    assert message == (
        "The local cloud has invocations, invocations-response-stream and async-invocations, "
        "not batch-invocations: call one of them."
    )
