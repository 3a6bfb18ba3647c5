from __future__ import annotations

import uuid
from typing import Any

import pytest

from localcloud.sagemaker.async_inference.requests import (
    AsyncRequest,
    read_parameters,
)
from localcloud.sagemaker.common.errors import ValidationError
from tests.unit.localcloud.sagemaker.async_inference.async_requests import a_request

PREFIX = "x-amzn-sagemaker-"


def read(body: bytes = b"", **headers: str) -> dict[str, Any]:
    named = {
        f"{PREFIX}{name.replace('_', '-')}": text for name, text in headers.items()
    }
    return read_parameters("e", named, body)


def test_every_header_of_the_api_is_read() -> None:
    parameters = read(
        inputlocation="s3://b/k",
        content_type="text/csv",
        accept="application/json",
        custom_attributes="a",
        inference_id="i",
        requestttlseconds="60",
        invocationtimeoutseconds="3600",
        s3outputpathextension="x",
        filename="f.json",
        target_model="ignored",
    )
    assert parameters == {
        "EndpointName": "e",
        "InputLocation": "s3://b/k",
        "ContentType": "text/csv",
        "Accept": "application/json",
        "CustomAttributes": "a",
        "InferenceId": "i",
        "RequestTTLSeconds": 60,
        "InvocationTimeoutSeconds": 3600,
        "S3OutputPathExtension": "x",
        "Filename": "f.json",
    }


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"requestttlseconds": "59"}, "value: 59, valid min value: 60"),
        ({"requestttlseconds": "an hour"}, "whole number as RequestTTLSeconds, found"),
        ({"invocationtimeoutseconds": "3601"}, "less than or equal to 3600"),
        ({"filename": "a.b.c"}, "Value 'a.b.c' at 'filename' failed"),
        ({"inputlocation": "https://b.s3.amazonaws.com/k"}, "takes no https"),
        ({"inputlocation": "/k"}, "Value '/k' at 'inputLocation' failed"),
    ],
)
def test_values_beyond_their_limits_are_refused(
    headers: dict[str, str], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        read(b"", **{"inputlocation": "s3://b/k"} | headers)


def test_the_input_is_in_one_place() -> None:
    assert "InputLocation" not in read(b"{}")
    with pytest.raises(ValidationError, match="found both"):
        read(b"{}", inputlocation="s3://b/k")
    with pytest.raises(ValidationError, match="found neither"):
        read()


def test_a_request_has_the_defaults_of_the_api() -> None:
    request = a_request()
    assert request.expires - request.received == 21_600
    assert request.timeout_seconds == 900
    assert uuid.UUID(request.inference_id)


def test_the_response_may_be_named_and_the_failure_keeps_its_own_name() -> None:
    request = a_request(S3OutputPathExtension="/a/b/", Filename="f.json")
    assert request.output_location == "s3://b/out/a/b/f.json"
    assert request.failure_location is not None
    name = request.failure_location.removeprefix("s3://b/failed/")
    assert uuid.UUID(name.removesuffix("-error.out"))


def test_two_requests_of_one_inference_id_share_no_output() -> None:
    one, two = a_request(InferenceId="i"), a_request(InferenceId="i")
    assert one.output_location != two.output_location


def test_without_paths_there_are_no_locations() -> None:
    request = a_request(output={})
    assert (request.output_location, request.failure_location) == (None, None)


def test_a_kept_request_is_the_same() -> None:
    request = a_request(ContentType="text/csv", CustomAttributes="a")
    assert AsyncRequest.from_json(request.to_json()) == request


def test_only_the_headers_of_the_request_reach_the_model() -> None:
    request = a_request(InferenceId="i", Accept="text/csv")
    assert request.model_headers(None) == {
        "accept": "text/csv",
        "x-amzn-sagemaker-inference-id": "i",
    }
    assert request.model_headers("a/b")["content-type"] == "a/b"
