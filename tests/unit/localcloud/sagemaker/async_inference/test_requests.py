from __future__ import annotations

import uuid

from localcloud.sagemaker.async_inference.requests import AsyncRequest
from tests.unit.localcloud.sagemaker.async_inference.async_requests import a_request


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
