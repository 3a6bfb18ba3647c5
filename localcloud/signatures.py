"""AWS Signature Version 4, as the two local servers check it and as this package signs where boto3 does not.

A signature proves that the caller knows the secret key of the access key that it names. The account's own secret is
random for each state folder, so nobody but the folder's owner can sign with it.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from botocore.auth import HmacV1Auth, SigV4Auth
from botocore.awsrequest import AWSRequest, HTTPHeaders
from botocore.credentials import Credentials
from ministack.core.sigv4 import (
    HeaderSignature,
    calculate_signature,
    header_signing_documents,
    parse_header_signature,
    parse_query_signature,
    presigned_request_is_expired,
    request_time_failure,
)

ALGORITHM = "AWS4-HMAC-SHA256"
BODY_HASH = "x-amz-content-sha256"
_SIGNATURE, _ALGORITHM, _TOKEN = (
    "X-Amz-Signature",
    "X-Amz-Algorithm",
    "X-Amz-Security-Token",
)
_PRESIGNED_SERVICE = "s3"


class SignatureError(Exception):
    """The request is not signed by anyone known here. `code` is the name of AWS's error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class RequestHead:
    """A request without its body, as it arrived: `path` is not decoded, header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]

    @classmethod
    def of_scope(cls, scope: Mapping[str, Any]) -> RequestHead:
        """The head of an ASGI request. A header that is repeated holds its values joined by commas."""
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1").lower(), _text(raw_value)
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        path = scope.get("raw_path") or scope["path"].encode()
        text = scope.get("query_string", b"").decode("utf-8", "replace")
        query = parse_qs(text, keep_blank_values=True)
        return cls(scope["method"], path.decode("latin-1"), query, headers)

    @property
    def is_signed_in_header(self) -> bool:
        return self.headers.get("authorization", "").startswith(f"{ALGORITHM} ")

    @property
    def needs_body(self) -> bool:
        """Whether the signature covers the body itself and not a hash that the headers name."""
        return self.is_signed_in_header and BODY_HASH not in self.headers

    @property
    def token(self) -> str:
        """The session token of temporary credentials; empty for others."""
        name = _TOKEN.lower()
        present = self.query.get(_TOKEN) or self.query.get(name) or [""]
        return self.headers.get(name, "") if self.is_signed_in_header else present[0]


class _AddressSigner(HmacV1Auth):
    """An address signs when it expires where a header signs its date."""

    def __init__(self, credentials: Credentials, expires: str) -> None:
        super().__init__(credentials)
        self._expires = expires

    def _get_date(self) -> str:
        return self._expires


@dataclass(frozen=True)
class AddressSignature:
    """Signature Version 2 in an address of S3, as boto3 makes it in the first regions. `expires` is an epoch time."""

    access_key_id: str
    expires: str
    signature: str

    def check(self, head: RequestHead, secret: str) -> None:
        """Raises `SignatureError`."""
        headers = HTTPHeaders()
        for name, text in head.headers.items():
            headers[name] = text
        pairs = [
            (name, value) for name, values in head.query.items() for value in values
        ]
        url = urlsplit(f"http://host{head.path}?{urlencode(pairs)}")
        keys = Credentials(self.access_key_id, secret, head.token or None)
        signer = _AddressSigner(keys, self.expires)
        expected = signer.get_signature(head.method, url, cast(Any, headers))
        _compare(expected, self.signature)


class Signature(Protocol):
    """A `HeaderSignature` of ministack or an `AddressSignature`."""

    @property
    def access_key_id(self) -> str: ...


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def read_signature(head: RequestHead) -> Signature:
    """Who claims to have signed a request, and how. Raises `SignatureError` where nobody does, or it is too old."""
    if _is_signed_address(head):
        return _address_signature(head)
    signature: HeaderSignature
    if head.is_signed_in_header:
        signature = parse_header_signature(head.headers)
    elif _is_presigned(head):
        signature = parse_query_signature(head.query)
    else:
        raise SignatureError(
            "MissingAuthenticationToken",
            "expected a request signed with the keys of this local cloud; found no signature. "
            'Take the keys into your shell: eval "$(python -m localcloud env)".',
        )
    if isinstance(signature, tuple):
        raise SignatureError(*signature)
    _check_time(head, signature)
    if head.headers.get("authorization", "").count("Credential=") > 1:
        raise SignatureError(
            "IncompleteSignature",
            "expected one Credential in the Authorization header; found several.",
        )
    return cast(Signature, signature)


def _is_signed_address(head: RequestHead) -> bool:
    is_bare = not head.headers.get("authorization") and _ALGORITHM not in head.query
    return is_bare and {"AWSAccessKeyId", "Signature", "Expires"} <= head.query.keys()


def _address_signature(head: RequestHead) -> AddressSignature:
    expires = head.query["Expires"][0]
    if not (expires.isascii() and expires.isdigit()) or int(expires) < time.time():
        raise SignatureError("AccessDenied", "Request has expired")
    return AddressSignature(
        head.query["AWSAccessKeyId"][0], expires, head.query["Signature"][0]
    )


def _is_presigned(head: RequestHead) -> bool:
    is_bare = not head.headers.get("authorization")
    return is_bare and head.query.get(_ALGORITHM) == [ALGORITHM]


def _check_time(head: RequestHead, signature: HeaderSignature) -> None:
    if head.is_signed_in_header:
        failure = request_time_failure(signature)
        if failure:
            raise SignatureError(*failure)
        return
    expires = head.query.get("X-Amz-Expires", ["0"])[0]
    try:
        is_over = presigned_request_is_expired(signature.amz_date, expires)
    except (ValueError, OverflowError):
        is_over = True
    if is_over or signature.service != _PRESIGNED_SERVICE:
        raise SignatureError("AccessDenied", "Request has expired")


def check_signature(
    head: RequestHead, signature: Signature, body: bytes, secret: str
) -> None:
    """Raises `SignatureError` unless the request was signed with `secret`. `body` matters only if `needs_body`."""
    if isinstance(signature, AddressSignature):
        signature.check(head, secret)
        return
    header = cast(HeaderSignature, signature)
    date, scope_date = header.amz_date[:8], header.date_stamp
    _, text = header_signing_documents(
        header,
        head.method,
        head.path,
        head.query,
        head.headers,
        body,
        presigned=not head.is_signed_in_header,
    )
    expected = calculate_signature(
        secret, scope_date, header.region, header.service, text
    )
    _compare(expected if date == scope_date else "", header.signature)


def _compare(expected: str, signature: str) -> None:
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise SignatureError(
            "SignatureDoesNotMatch",
            "expected a request signed with the keys of this local cloud; found the signature of another secret. "
            'Take the keys into your shell: eval "$(python -m localcloud env)".',
        )


def signed_headers(
    method: str,
    url: str,
    body: bytes,
    credentials: Mapping[str, str],
    *,
    service: str,
    headers: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """`headers` with those of a signature by the credentials, which are environment variables of AWS."""
    request = AWSRequest(method, url, headers=dict(headers or {}), data=body)
    keys = Credentials(
        credentials["AWS_ACCESS_KEY_ID"],
        credentials["AWS_SECRET_ACCESS_KEY"],
        credentials.get("AWS_SESSION_TOKEN"),
    )
    SigV4Auth(keys, service, credentials["AWS_REGION"]).add_auth(request)
    return dict(request.headers)


def derived_secret(secret: str, *names: str) -> str:
    """A text that only who knows `secret` can compute, always the same for the same names."""
    joined = "\0".join(names).encode()
    return hmac.new(secret.encode(), joined, hashlib.sha256).hexdigest()
