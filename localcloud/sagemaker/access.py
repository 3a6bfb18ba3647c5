"""IAM, as the engine decides it: what a caller may do, and the credentials of the roles that jobs and models have."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from localcloud.sagemaker.errors import AccessDeniedError, RoleError

SERVICE = "sagemaker.amazonaws.com"
_ROOT = "AWS4-HMAC-SHA256 Credential=test/20000101/us-east-1/iam/aws4_request"
"""The local SageMaker is the account's root, whose signature the engine does not check."""
_CREDENTIAL = re.compile(r"Credential=([^/]+)/")
_REMEMBERED_SECONDS = 5.0
_TIMEOUT_SECONDS = 10.0


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


def caller(headers: Mapping[str, str]) -> str:
    """The access key that a request is signed with; empty where it is not signed."""
    signed = _CREDENTIAL.search(headers.get("authorization", ""))
    return signed[1] if signed else ""


class Access:
    """Asks the engine at `url`. Without one, everybody may do everything, and there are no roles."""

    def __init__(self, url: str | None = None) -> None:
        self._url = url
        self._allowed: dict[tuple[str, tuple[Check, ...]], float] = {}

    def require(self, access_key: str, checks: Sequence[Check]) -> None:
        """Raises `AccessDeniedError`. What was allowed is not asked again for a few seconds."""
        key = (access_key, tuple(checks))
        is_fresh = (
            time.monotonic() - self._allowed.get(key, float("-inf"))
            < _REMEMBERED_SECONDS
        )
        if self._url is None or is_fresh:
            return
        request = {
            "AccessKeyId": access_key,
            "Checks": [check.body() for check in checks],
        }
        denied = self._call("Authorize", request).json()["Denied"]
        if denied:
            raise AccessDeniedError(denied)
        self._allowed[key] = time.monotonic()

    def credentials(self, role_arn: str, session: str) -> dict[str, str]:
        """The environment variables with a role's credentials; none without an engine. Raises `RoleError`."""
        if self._url is None:
            return {}
        request = {"RoleArn": role_arn, "Service": SERVICE, "Session": session}
        answer = self._call("AssumeRole", request)
        content: dict[str, str] = answer.json()
        if answer.is_error:
            raise RoleError(content["message"])
        return content

    def _call(self, operation: str, request: Mapping[str, Any]) -> httpx.Response:
        headers = {"x-amz-target": f"LocalCloud.{operation}", "authorization": _ROOT}
        url, content = self._url or "", json.dumps(request)
        return httpx.post(
            url,
            headers=headers,
            content=content,
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
        )
