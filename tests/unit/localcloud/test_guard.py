"""Which requests get through to a local server."""

from __future__ import annotations

import asyncio
from typing import Any

import boto3
import pytest
from botocore.config import Config

from localcloud.guard import CALLER, Guard, Refusal
from localcloud.signatures import RequestHead, SignatureError, signed_headers
from tests.unit.localcloud.test_signatures import KEYS, URL, scope_of


async def secret_of(access_key: str, token: str) -> str:
    if access_key != "test" or token:
        raise SignatureError("InvalidClientTokenId", "unknown")
    return "random"


def refuse(_: RequestHead, error: SignatureError) -> Refusal:
    return 403, {"content-type": "text/plain"}, f"{error.code}: {error}".encode()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the caller and the body."""
    message = await receive()
    text = f"{CALLER.get()}|{message['body'].decode()}"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": text.encode()})


GUARD = Guard(
    application,
    secret_of,
    refuse,
    lambda path: path in ("/health", "/api"),
    lambda path: path == "/api",
)


def answer(
    path: str, headers: dict[str, str], *, body: bytes = b"{}", scope_type: str = "http"
) -> tuple[int, str]:
    """Status and text."""
    sent = answer_to(scope_of(path, headers), body, scope_type)
    if scope_type == "websocket":
        return sent[0]["code"], sent[0]["type"]
    return sent[0]["status"], sent[1]["body"].decode()


def answer_to(scope: Any, body: bytes = b"{}", scope_type: str = "http") -> list[Any]:
    """What the guard sends, the body received in two pieces."""
    pieces = [
        {"type": "http.request", "body": body[1:], "more_body": False},
        {"type": "http.request", "body": body[:1], "more_body": True},
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return pieces.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(GUARD(scope | {"type": scope_type}, receive, send))
    return sent


def keys(path: str = "/", **more: str) -> dict[str, str]:
    return (
        signed_headers("POST", URL + path, b"{}", KEYS, service="sagemaker", headers={})
        | more
    )


def test_a_signed_request_gets_through_whole_with_its_caller() -> None:
    assert answer("/", keys()) == (200, "test|{}")


def test_an_open_path_needs_no_signature_and_has_no_caller() -> None:
    assert answer("/health", {}, body=b"x") == (200, "|x")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:4001",
        "127.0.0.1.evil.example",
        "127.0.0.1:4001,evil.example",
        "localhost.evil.example:80",
        "0.0.0.0:4001",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/health", "/api"])
def test_a_foreign_host_is_refused_even_where_the_path_is_open(
    host: str, path: str
) -> None:
    status, text = answer(path, keys(path, Host=host))
    assert status == 403
    assert "expected the host 127.0.0.1 or localhost" in text


@pytest.mark.parametrize("host", ["127.0.0.1", "LOCALHOST:80", "localhost"])
def test_this_machine_has_several_names(host: str) -> None:
    assert answer("/health", {"Host": host})[0] == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:4001", ""]
)
def test_no_web_page_calls_a_service_but_one_may_call_the_api(origin: str) -> None:
    assert answer("/", keys(Origin=origin))[0] == 403
    assert answer("/health", {"Origin": origin})[0] == 403
    assert answer("/api", {"Origin": origin})[0] == 200


def presigned(origin: str, key: str = "datasets/reviews/a.csv") -> int:
    """The status of a PUT with an address that is signed for `a.csv`, as a page of this origin sends it."""
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="random",
        endpoint_url="http://127.0.0.1:4566",
        config=Config(signature_version="s3v4"),
    )
    address = client.generate_presigned_url(
        "put_object",
        Params={
            "Bucket": "bucket",
            "Key": "datasets/reviews/a.csv",
            "ContentLength": 2,
        },
    )
    path = address.removeprefix("http://127.0.0.1:4566")
    path = path.replace("datasets/reviews/a.csv", key)
    headers = {"Host": "127.0.0.1:4566", "Origin": origin, "Content-Length": "2"}
    return int(answer_to(scope_of(path, headers, "PUT"))[0]["status"])


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:4566", 200),
        ("http://127.0.0.1:4567", 403),
        ("http://localhost:4566", 403),
        ("https://127.0.0.1:4566", 403),
        ("http://evil.example", 403),
        ("null", 403),
    ],
)
def test_a_page_of_this_server_may_send_an_address_that_is_signed(
    origin: str, status: int
) -> None:
    assert presigned(origin) == status


def test_a_page_of_this_server_may_send_nothing_else() -> None:
    own = "http://127.0.0.1:4566"
    assert presigned(own, "datasets/reviews/another.csv") == 403
    assert answer("/", keys(Origin=own, Host="127.0.0.1:4566"))[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain", "x-amz-target": "SageMaker.CreateTrainingJob"},
        {"authorization": "AWS4-HMAC-SHA256 Credential=test/x/us-east-1/s3/r"},
    ],
)
def test_an_unsigned_request_is_refused(headers: dict[str, str]) -> None:
    assert answer("/", headers)[0] == 403


def test_an_unknown_caller_is_refused() -> None:
    stranger = KEYS | {"AWS_ACCESS_KEY_ID": "AKIA"}
    headers = signed_headers("POST", URL + "/", b"{}", stranger, service="s3")
    assert answer("/", headers) == (403, "InvalidClientTokenId: unknown")


def test_a_web_socket_is_closed() -> None:
    assert answer("/", {}, scope_type="websocket") == (1008, "websocket.close")


def test_a_body_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localcloud.guard.MAX_BODY_BYTES", 1)
    status, text = answer("/", keys())
    assert (status, text.split(":")[0]) == (403, "RequestEntityTooLarge")
