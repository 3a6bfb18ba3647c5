from __future__ import annotations

from typing import Any

import pytest

from localcloud.sagemaker.async_runtime import read_parameters
from localcloud.sagemaker.common.errors import ValidationError

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
