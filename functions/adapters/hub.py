"""The Hugging Face Hub's HTTP API, asked for the facts of one model before anything is deployed."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import quote
from urllib.request import Request

TIMEOUT = 10.0
MAX_ANSWER_BYTES = 16 * 2**20
"""Of the facts of a model; a repository of 100,000 files has some 10 MB of them."""
PROBE = "config.json"

Fetch = Callable[[str, dict[str, str]], bytes]
"""URL and headers to a body; raises `HubError`."""


class HubError(RuntimeError):
    """The Hub gave no answer; `status` is its HTTP status, None where it could not be reached."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class HubModel:
    """What the Hub says of a model. `commit` is what a branch or tag stood for when it was asked."""

    commit: str
    pipeline_tag: str = ""
    architectures: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    model_type: str = ""
    """The architecture's name in `config.json`, such as `bert`."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a renamed model; the token goes to no other host, such as that of a file store."""

    def redirect_request(  # noqa: PLR0917
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        following = super().redirect_request(req, fp, code, msg, headers, newurl)
        if following is not None and following.host != req.host:
            following.remove_header("Authorization")
        return following


_OPENER = urllib.request.build_opener(_Redirects)


def fetch(url: str, headers: dict[str, str]) -> bytes:
    try:
        with _OPENER.open(Request(url, headers=headers), timeout=TIMEOUT) as answer:
            body: bytes = answer.read(MAX_ANSWER_BYTES + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise HubError(f"{error.code} {error.reason}", error.code) from error
    except (OSError, HTTPException, ValueError) as error:
        raise HubError(str(getattr(error, "reason", error))) from error
    if len(body) > MAX_ANSWER_BYTES:
        raise HubError(f"an answer of more than {MAX_ANSWER_BYTES:,} bytes")
    return body


def ask(
    model_id: str, revision: str, token: str, *, endpoint: str, get: Fetch = fetch
) -> HubModel:
    """Raises `HubError` where the Hub does not know the model, does not show it, or does not answer."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    hub, quoted_revision = endpoint.rstrip("/"), quote(revision, safe="")
    facts = _facts(
        get(f"{hub}/api/models/{quote(model_id)}/revision/{quoted_revision}", headers)
    )
    files = tuple(
        str(item.get("rfilename", "")) for item in facts.get("siblings") or ()
    )
    if facts.get("gated") and PROBE in files:
        # A gated model's page is for all, its files are for those who were let in.
        get(f"{hub}/{quote(model_id)}/resolve/{quoted_revision}/{PROBE}", headers)
    config = facts.get("config") or {}
    return HubModel(
        commit=str(facts.get("sha") or revision),
        pipeline_tag=str(facts.get("pipeline_tag") or ""),
        architectures=tuple(config.get("architectures") or ()),
        files=files,
        model_type=str(config.get("model_type") or ""),
    )


def _facts(body: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(body)
    except ValueError as error:
        raise HubError(f"an answer that is no JSON ({error})") from error
    if not isinstance(facts, dict):
        raise HubError("an answer that is no JSON object")
    return facts
