from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.sagemaker.async_inference.endpoints import (
    async_config,
    invoke,
    put_input,
    serve,
)
from tests.integration.localcloud.sagemaker.conftest import Local


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response: Any = error.value.response
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return response["Error"]["Code"], status


def test_an_endpoint_takes_one_way_of_invoking_only(local: Local) -> None:
    asynchronous, real_time = serve(local), local.serve()
    with pytest.raises(ClientError, match="Call InvokeEndpointAsync instead") as first:
        local.invoke(asynchronous)
    assert refusal(first) == ("ValidationError", 400)
    with pytest.raises(ClientError, match="Call InvokeEndpointAsync instead"):
        local.runtime.invoke_endpoint_with_response_stream(
            EndpointName=asynchronous, Body=b"{}"
        )
    with pytest.raises(ClientError, match="Call InvokeEndpoint instead") as second:
        invoke(local, real_time)
    assert refusal(second) == ("ValidationError", 400)


def test_a_missing_endpoint_is_a_validation_error(local: Local) -> None:
    with pytest.raises(
        ClientError, match="Endpoint nobody of account 000000000000 not found"
    ) as caught:
        invoke(local, "nobody")
    assert refusal(caught) == ("ValidationError", 400)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"RequestTTLSeconds": 21_601},
            "Value '21601' at 'requestTTLSeconds' failed .* less than or equal to 21600",
        ),
        ({"InvocationTimeoutSeconds": 3_601}, "less than or equal to 3600"),
        ({"Filename": "a/b"}, "Value 'a/b' at 'filename' failed"),
        ({"InputLocation": "https://b.s3.amazonaws.com/k"}, "takes no https"),
        ({"Body": b"{}"}, "either InputLocation or a body, found both"),
    ],
)
def test_parameters_beyond_their_limits_are_refused(
    local: Local, options: dict[str, Any], words: str
) -> None:
    request: dict[str, Any] = {"EndpointName": "any", "InputLocation": "s3://b/k"}
    with pytest.raises(ClientError, match=words) as caught:
        local.runtime.invoke_endpoint_async(**request | options)
    assert refusal(caught) == ("ValidationError", 400)


def test_a_request_without_an_input_is_refused(local: Local) -> None:
    with pytest.raises(ClientError, match="found neither"):
        local.runtime.invoke_endpoint_async(EndpointName="any")


def test_a_payload_over_the_limit_is_refused(local: Local) -> None:
    with pytest.raises(ClientError, match="equal to 128000; found 128001") as caught:
        local.runtime.invoke_endpoint_async(EndpointName="any", Body=b"x" * 128_001)
    assert refusal(caught) == ("ValidationError", 413)


def test_the_engine_forwards_asynchronous_invocations(local: Local) -> None:
    client = local._client("sagemaker-runtime", local.engine)
    with pytest.raises(ClientError, match=r"the local SageMaker .* gave no answer"):
        client.invoke_endpoint_async(
            EndpointName="nobody", InputLocation=put_input(local)
        )
    client.close()


def test_an_endpoint_stays_asynchronous(local: Local) -> None:
    name = serve(local)
    described = local.sagemaker.describe_endpoint(EndpointName=name)
    assert described["AsyncInferenceConfig"] == async_config()
    with pytest.raises(
        ClientError,
        match=f"AsyncInferenceConfig parameter cannot be removed from this endpoint {name}",
    ):
        local.sagemaker.update_endpoint(
            EndpointName=name, EndpointConfigName=local.make_config("two")
        )
    other = local.serve()
    config = local.make_config("two", asynchronous=async_config())
    with pytest.raises(ClientError, match="cannot be added to this endpoint"):
        local.sagemaker.update_endpoint(EndpointName=other, EndpointConfigName=config)
