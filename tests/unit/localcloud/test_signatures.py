"""Who has signed a request: botocore's own signatures are taken, and no others."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.auth import HmacV1QueryAuth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localcloud.signatures import (
    RequestHead,
    SignatureError,
    check_signature,
    derived_secret,
    read_signature,
    signed_headers,
)

URL = "http://127.0.0.1:4001"
KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "random",
    "AWS_REGION": "us-east-1",
}


def scope_of(path: str, headers: dict[str, str], method: str = "POST") -> Any:
    raw_path, _, query = path.partition("?")
    lines = {"Host": "127.0.0.1:4001"} | headers
    raw = [(name.encode(), value.encode()) for name, value in lines.items()]
    return {
        "method": method,
        "path": raw_path,
        "raw_path": raw_path.encode(),
        "query_string": query.encode(),
        "headers": raw,
    }


def signed(path: str = "/", body: bytes = b"{}", **more: Any) -> RequestHead:
    headers = signed_headers("POST", URL + path, body, KEYS, service="sagemaker")
    return RequestHead.of_scope(scope_of(path, headers | more))


def check(head: RequestHead, body: bytes = b"{}", secret: str = "random") -> None:
    check_signature(head, read_signature(head), body, secret)


@pytest.mark.parametrize("path", ["/", "/endpoints/a%20b/invocations", "/x?b=2&a=1%2F"])
def test_a_request_signed_with_the_secret_passes(path: str) -> None:
    head = signed(path)
    assert head.needs_body
    assert read_signature(head).access_key_id == "test"
    check(head)


def test_another_secret_body_or_path_does_not_pass() -> None:
    head = signed()
    moved = RequestHead(head.method, "/other", head.query, head.headers)
    for changed, body, secret in (
        (head, b"{}", "test"),
        (head, b"[]", "random"),
        (moved, b"{}", "random"),
    ):
        with pytest.raises(SignatureError, match="the signature of another secret"):
            check(changed, body, secret)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "AWS test:abc"},
        {"authorization": "AWS4-ECDSA-P256-SHA256 Credential=test/x"},
        {"authorization": "Bearer x"},
    ],
)
def test_a_request_without_such_a_signature_is_anonymous(
    headers: dict[str, str],
) -> None:
    with pytest.raises(SignatureError, match="found no signature") as caught:
        read_signature(RequestHead.of_scope(scope_of("/", headers)))
    assert caught.value.code == "MissingAuthenticationToken"


def test_a_signature_without_its_parts_is_incomplete() -> None:
    head = scope_of("/", {"authorization": "AWS4-HMAC-SHA256 Credential=test"})
    with pytest.raises(SignatureError) as caught:
        read_signature(RequestHead.of_scope(head))
    assert "Authorization" in str(caught.value)


def test_an_old_signature_does_not_pass() -> None:
    head = signed()
    old = dict(head.headers) | {"x-amz-date": "20200101T000000Z"}
    with pytest.raises(SignatureError, match="Signature expired"):
        read_signature(RequestHead(head.method, head.path, head.query, old))


def test_only_one_caller_may_be_named() -> None:
    head = signed()
    text = head.headers["authorization"].replace(
        "AWS4-HMAC-SHA256 ",
        "AWS4-HMAC-SHA256 Credential=root/20200101/us-east-1/s3/aws4_request, ",
    )
    double = dict(head.headers) | {"authorization": text}
    with pytest.raises(SignatureError, match="found several"):
        read_signature(RequestHead(head.method, head.path, head.query, double))


def presigned(service: str = "s3", expires: int = 60) -> RequestHead:
    request = AWSRequest("GET", f"{URL}/bucket/key")
    keys = Credentials("test", "random")
    S3SigV4QueryAuth(keys, service, "us-east-1", expires=expires).add_auth(request)
    path = request.prepare().url.removeprefix(URL)
    return RequestHead.of_scope(scope_of(path, {}, "GET"))


def test_an_address_that_was_signed_for_s3_passes_in_its_time() -> None:
    head = presigned()
    assert not head.needs_body
    check(head, b"")
    with pytest.raises(SignatureError, match="another secret"):
        check(head, b"", "test")


def signed_address(secret: str = "random", expires: int = 60) -> RequestHead:
    request = AWSRequest("GET", f"{URL}/bucket/a%20key?versionId=7")
    HmacV1QueryAuth(Credentials("test", secret), expires).add_auth(request)
    path = request.prepare().url.removeprefix(URL)
    return RequestHead.of_scope(scope_of(path, {}, "GET"))


def test_an_address_of_the_older_kind_passes_in_its_time() -> None:
    check(signed_address(), b"")
    with pytest.raises(SignatureError, match="another secret"):
        check(signed_address("test"), b"")
    with pytest.raises(SignatureError, match="expired"):
        read_signature(signed_address(expires=-10))


@pytest.mark.parametrize("bad", [("sqs", 60), ("s3", -10)])
def test_an_address_for_another_service_or_after_its_time_does_not_pass(
    bad: tuple[str, int],
) -> None:
    with pytest.raises(SignatureError, match="expired"):
        read_signature(presigned(*bad))


def test_derived_secrets_are_the_same_for_the_same_names_only() -> None:
    assert derived_secret("s", "a", "b") == derived_secret("s", "a", "b")
    assert (
        len({derived_secret(s, *n) for s in "st" for n in (("a", "b"), ("ab",))}) == 4
    )
