"""IAM, as the engine decides it: what a caller may do, and the credentials of the roles that jobs and models have."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from localcloud.sagemaker.common.errors import AccessDeniedError, RoleError
from localcloud.signatures import SignatureError, signed_headers

SERVICE = "sagemaker.amazonaws.com"
_SIGNED_SERVICE = "iam"
_REMEMBERED_SECONDS = 5.0
_TIMEOUT_SECONDS = 10.0
Tag = dict[str, str]
"""`{"Key": …, "Value": …}`"""


@dataclass(frozen=True)
class Check:
    """One thing that the caller of an operation must be allowed."""

    action: str
    resource: str
    """An ARN."""
    passed_to: str | None = None
    """Of `iam:PassRole`: the service."""

    def body(self) -> dict[str, Any]:
        context = {"iam:PassedToService": self.passed_to} if self.passed_to else {}
        return {"Action": self.action, "Resource": self.resource, "Context": context}


class Access:
    """Asks the engine at `url`. Without `iam`, every known caller may do everything, and there are no roles.

    `credentials` are the account's own, as variables of the environment, with the region.
    """

    def __init__(
        self, url: str = "", credentials: Mapping[str, str] = {}, *, iam: bool = False
    ) -> None:
        self._url, self._credentials, self._iam = url, credentials, iam
        self._allowed: dict[tuple[str, tuple[Check, ...]], float] = {}
        self._secrets: dict[tuple[str, str], tuple[str, float]] = {}

    def secret(self, access_key: str, token: str) -> str:
        """What a caller with this key and session token signs with. Raises `SignatureError`. Remembered for seconds."""
        if access_key == self._credentials["AWS_ACCESS_KEY_ID"]:
            return self._credentials["AWS_SECRET_ACCESS_KEY"]
        secret, fetched_at = self._secrets.get((access_key, token), ("", float("-inf")))
        if time.monotonic() - fetched_at < _REMEMBERED_SECONDS:
            return secret
        answer = self._call("Secret", {"AccessKeyId": access_key, "Token": token})
        content = answer.json()
        if answer.is_error:
            raise SignatureError(content["__type"], content["message"])
        secret = str(content["Secret"])
        self._secrets[access_key, token] = (secret, time.monotonic())
        return secret

    def require(self, access_key: str, checks: Sequence[Check]) -> None:
        """Raises `AccessDeniedError`. What was allowed is not asked again for a few seconds."""
        key = (access_key, tuple(checks))
        is_fresh = (
            time.monotonic() - self._allowed.get(key, float("-inf"))
            < _REMEMBERED_SECONDS
        )
        if not self._iam or is_fresh:
            return
        request = {
            "AccessKeyId": access_key,
            "Checks": [check.body() for check in checks],
        }
        denied = self._call("Authorize", request).json()["Denied"]
        if denied:
            raise AccessDeniedError(denied)
        self._allowed[key] = time.monotonic()

    def session_tags(self, access_key: str) -> list[Tag]:
        """The tags of a caller's session; none without an engine."""
        if not self._iam:
            return []
        answer = self._call("SessionTags", {"AccessKeyId": access_key})
        tags: list[Tag] = answer.json()["Tags"]
        return tags

    def credentials(
        self, role_arn: str, session: str, tags: Sequence[Tag] = ()
    ) -> dict[str, str]:
        """The environment variables with a role's credentials; none without an engine. Raises `RoleError`."""
        if not self._iam:
            return {}
        request = {
            "RoleArn": role_arn,
            "Service": SERVICE,
            "Session": session,
            "Tags": list(tags),
        }
        answer = self._call("AssumeRole", request)
        content: dict[str, str] = answer.json()
        if answer.is_error:
            raise RoleError(content["message"])
        return content

    def _call(self, operation: str, request: Mapping[str, Any]) -> httpx.Response:
        body = json.dumps(request).encode()
        headers = signed_headers(
            "POST",
            self._url,
            body,
            self._credentials,
            service=_SIGNED_SERVICE,
            headers={"x-amz-target": f"LocalCloud.{operation}"},
        )
        return httpx.post(
            self._url,
            headers=headers,
            content=body,
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
            verify=_certificates(),
        )


@cache
def _certificates() -> ssl.SSLContext:
    """Those that httpx trusts: without them it reads all for every call, a quarter of what this server does."""
    return httpx.create_ssl_context(trust_env=False)
