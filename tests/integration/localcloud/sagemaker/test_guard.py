"""Nobody but the owner of the state folder runs code through the local SageMaker."""

from __future__ import annotations

import urllib.error
from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.sagemaker.conftest import Local

EVIL = {"Host": "evil.example", "Origin": "http://evil.example"}


def status_of(request: Request) -> int:
    try:
        with urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize(
    "path",
    ["/", "/training-jobs/x/interruption", "/endpoints/x/invocations", "/nowhere"],
)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"x-amz-target": "SageMaker.CreateTrainingJob"},
        {"x-amz-target": "SageMaker.ListModels", "content-type": "text/plain"} | EVIL,
    ],
)
def test_an_unsigned_request_is_refused(
    local: Local, path: str, headers: dict[str, str]
) -> None:
    url = f"http://127.0.0.1:{local.port}{path}"
    assert status_of(Request(url, b"{}", headers, method="POST")) == 403


@pytest.mark.parametrize(("name", "value"), EVIL.items())
def test_a_signature_does_not_help_a_web_page(
    local: Local, name: str, value: str
) -> None:
    request = local.request("/", b"{}", {"x-amz-target": "SageMaker.ListModels"})
    assert status_of(request) == 200
    request.remove_header(name)
    request.add_header(name, value)
    assert status_of(request) == 403


def test_a_wrong_secret_is_refused(local: Local) -> None:
    url = f"http://127.0.0.1:{local.port}"
    client: Any = local._client("sagemaker", url, secret="another")
    with pytest.raises(ClientError, match="another secret"):
        client.list_models()
    client.close()
