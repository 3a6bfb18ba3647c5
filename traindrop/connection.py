"""What both clients share: the request of a call, the answer of a response, and when to send a call again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import httpx

from contracts.environment import ShellVariable
from traindrop.calls import Answer, Call
from traindrop.errors import ApiError, ConnectError, MissingSettingsError

TIMEOUT_SECONDS = 60.0
"""Of one request; the API itself answers within 30."""
CONNECT_SECONDS = 10.0
"""How long a call is repeated that cannot reach the API at all: a wrong address never answers."""
WAIT_SECONDS = 120.0
"""How long a call is repeated that the API cannot answer yet: a serverless endpoint starts within a minute or two."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 15.0
POLL_SECONDS = 1.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def installed_version() -> str:
    try:
        return version("traindrop")
    except PackageNotFoundError:
        return "source"


def is_elsewhere(url: str) -> bool:
    """Whether it is another machine's, so that a proxy of the environment may be the way to it."""
    return httpx.URL(url).host not in _LOOPBACK


@dataclass(frozen=True)
class Connection:
    """Where a stack's API is, and the key for it. `wait_seconds` bounds how long a call is repeated."""

    url: str
    key: str
    wait_seconds: float = WAIT_SECONDS

    @classmethod
    def from_environment(cls, variables: Mapping[str, str] | None = None) -> Connection:
        """By `TRAINDROP_API_URL` and `TRAINDROP_API_KEY`. Raises `MissingSettingsError`."""
        variables = os.environ if variables is None else variables
        url = variables.get(ShellVariable.API_URL, "")
        key = variables.get(ShellVariable.API_KEY, "")
        if not url or not key:
            missing = ShellVariable.API_KEY if url else ShellVariable.API_URL
            raise MissingSettingsError(
                f"expected {ShellVariable.API_URL} and {ShellVariable.API_KEY} in the environment; found no {missing}. "
                "Set them, or name the stack."
            )
        return cls(url, key)

    def client_options(self) -> dict[str, Any]:
        """For httpx's clients. A proxy is no way to this machine itself."""
        base_url = self.url.rstrip("/")
        return {
            "base_url": base_url,
            "headers": {
                "x-api-key": self.key,
                "user-agent": f"traindrop-python/{installed_version()}",
            },
            "timeout": TIMEOUT_SECONDS,
            "trust_env": is_elsewhere(base_url),
        }

    def pause_seconds(
        self, call: Call[Any], error: Exception, tries: int, waited: float
    ) -> float | None:
        """How long to wait before the call is sent again after `tries` times; None where the error stands."""
        limit = self.wait_seconds
        if isinstance(error, ConnectError):
            limit = min(limit, CONNECT_SECONDS)
        is_temporary = not isinstance(error, ApiError) or error.is_temporary
        if not (call.is_repeatable and is_temporary):
            return None
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (tries - 1), LONGEST_PAUSE_SECONDS)
        retry_after = error.retry_after if isinstance(error, ApiError) else None
        pause = max(pause, retry_after or 0.0)
        return pause if waited + pause <= limit else None


def request_options(call: Call[Any]) -> dict[str, Any]:
    """For httpx's `request`."""
    options: dict[str, Any] = {"method": call.method, "url": call.path}
    if call.parameters:
        options["params"] = dict(call.parameters)
    if call.is_link:
        options["headers"] = {"x-api-key": ""}
    if call.body is not None:
        options["json"] = call.body
    return options


def to_answer(response: httpx.Response) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, response.text)


def connect_error(url: str, error: httpx.HTTPError) -> ConnectError:
    reason = str(error) or type(error).__name__
    return ConnectError(
        f"expected an answer from {url}; found none ({reason}). Check the URL and the network, "
        "and that the stack or the local cloud is up."
    )
