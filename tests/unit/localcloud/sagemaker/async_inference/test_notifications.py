from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.sagemaker.async_inference.notifications import (
    MAX_RESPONSE_BYTES,
    Result,
    message,
    send_test_notifications,
    topic_of,
)
from localcloud.sagemaker.common.errors import DeploymentError
from tests.unit.localcloud.sagemaker.async_inference.async_requests import a_request

BOTH = ["SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"]


def output(include: list[str]) -> dict[str, Any]:
    topics = {"SuccessTopic": "arn:s", "ErrorTopic": "arn:e"}
    return {"NotificationConfig": {**topics, "IncludeInferenceResponseIn": include}}


def content(result: Result, include: list[str]) -> Any:
    request = a_request(output(include), InferenceId="i", ContentType="text/csv")
    moment = 1_600_000_000.5
    return json.loads(message(replace(request, received=moment), result, "eu-west-1"))


def a_response(folder: Path, body: bytes) -> Path:
    path = folder / "response"
    path.write_bytes(body)
    return path


def test_a_success_is_as_awss_page_shows_it(tmp_path: Path) -> None:
    response = a_response(tmp_path, b"1")
    notice = content(Result(None, response, "text/csv", "s3://b/o"), [])
    assert notice.pop("eventTime").endswith("Z")
    assert notice == {
        "awsRegion": "eu-west-1",
        "receivedTime": "2020-09-13T12:26:40.500Z",
        "invocationStatus": "Completed",
        "requestParameters": {
            "contentType": "text/csv",
            "endpointName": "e",
            "inputLocation": "s3://b/in",
        },
        "responseParameters": {"contentType": "text/csv", "outputLocation": "s3://b/o"},
        "inferenceId": "i",
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


def test_a_failure_has_its_reason_and_its_place(tmp_path: Path) -> None:
    response = a_response(tmp_path, b"broken")
    notice = content(Result("why", response, None, "s3://b/f"), BOTH)
    assert (notice["invocationStatus"], notice["failureReason"]) == ("Failed", "why")
    assert notice["responseParameters"] == {"failureLocation": "s3://b/f"}
    assert notice["responseBody"] == {"content": "broken", "message": "why"}
    notice = content(Result("why", None, None, None), BOTH)
    assert "responseParameters" not in notice
    assert "responseBody" not in notice


@pytest.mark.parametrize(
    ("size", "include", "is_there"),
    [
        (MAX_RESPONSE_BYTES, BOTH, True),
        (MAX_RESPONSE_BYTES + 1, BOTH, False),
        (1, ["ERROR_NOTIFICATION_TOPIC"], False),
    ],
)
def test_a_response_is_included_where_it_is_wanted_and_small(
    size: int, include: list[str], is_there: bool, tmp_path: Path
) -> None:
    response = a_response(tmp_path, b"\xff" * size)
    notice = content(Result(None, response, None, None), include)
    assert ("responseBody" in notice) is is_there
    if is_there:
        body = notice["responseBody"]
        assert body["encoding"] == "BASE64"
        assert base64.b64decode(body["content"]) == b"\xff" * size


def test_each_end_has_its_topic() -> None:
    request = a_request(output([]))
    assert topic_of(request, Result(None, None, None, None)) == "arn:s"
    assert topic_of(request, Result("why", None, None, None)) == "arn:e"


class Sns:
    """Publishes to one topic only."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def sns(self, role_arn: str | None, session: str) -> Sns:
        return self

    def publish(self, TopicArn: str, Message: str) -> None:  # noqa: N803
        if TopicArn != "arn:s":
            raise ClientError({"Error": {"Code": "NotFound"}}, "Publish")
        self.messages.append(Message)


def test_every_topic_gets_a_test_notification() -> None:
    clients: Any = Sns()
    send_test_notifications(clients, ("arn:s",), "arn:role", "e")
    [notice] = clients.messages
    assert json.loads(notice) == {
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "TestNotification",
    }
    with pytest.raises(DeploymentError, match=r"to the topic arn:e failed: .*NotFound"):
        send_test_notifications(clients, ("arn:s", "arn:e"), "arn:role", "e")
