"""Tells the state keeper which requests change what, and answers writes of data only once they are on disk."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import persistence
from ministack.services import stepfunctions

from localcloud.engine.dispatch import Proceed, Request, Response, around_requests
from localcloud.engine.patching import replace, symbol
from localcloud.engine.state import StateKeeper

_READS = (
    "BatchGet",
    "Check",
    "Describe",
    "Estimate",
    "Filter",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Query",
    "Scan",
    "Search",
    "Simulate",
    "Test",
    "TransactGet",
    "Validate",
    "Verify",
)
_DURABLE = {
    "dynamodb": "dynamodb",
    "events": "eventbridge",
    "lambda": "lambda",
    "s3": "s3",
    "states": "stepfunctions",
}
"""Services whose writes are answered only when saved, with the names of their files."""
_DATA = frozenset({"PutEvents", "Publish", "PutLogEvents", "PutMetricData", "SendMessage"})
"""Operations that change too often, or nothing that lasts."""


def is_write(request: Request) -> bool:
    name = request.operation
    return not name.startswith(_READS) if name else request.method not in ("GET", "HEAD", "OPTIONS")


def is_object(path: str) -> bool:
    """Whether an S3 path names an object: objects are on disk with their metadata before the answer anyway."""
    return "/" in path.strip("/")


def durable_file(request: Request) -> str | None:
    """The file that must be saved before a write is answered."""
    service = request.service
    if request.operation in _DATA or request.path.endswith("/invocations"):
        return None
    return None if service == "s3" and is_object(request.path) else _DURABLE.get(service)


def _encode(name: str, state: Any) -> str:
    versioned = {"__ministack_format__": persistence._state_format_version(name), "payload": state}
    return json.dumps(versioned, default=persistence._json_default)


async def _note(keeper: StateKeeper, request: Request) -> None:
    # A stack is worked on long after the request that asked for it, and asked about until it is done.
    if not is_write(request) and request.service != "cloudformation":
        return
    file = durable_file(request)
    if file is None:
        keeper.stir()
        return
    keeper.touch(file)
    await asyncio.to_thread(keeper.wait, file)


def apply(state: Path) -> StateKeeper:
    """The keeper is not started yet: what is on disk must be loaded first."""
    symbol(persistence, "_json_default", "obj")
    symbol(persistence, "_state_format_version", "service")
    sources = symbol(app, "_build_persistence_save_dict", "")
    keeper = StateKeeper(state / "metadata", sources, _encode)

    async def handle(request: Request, proceed: Proceed) -> Response:
        response = await proceed()
        if response[0] < 400:
            await _note(keeper, request)
        return response

    def add_event(original: Any) -> Any:
        def add(execution: Any, event_type: str, details: Any = None) -> Any:
            event = original(execution, event_type, details)
            keeper.touch("stepfunctions")
            return event

        return add

    replace(app, "save_all", "services", lambda _: lambda services: keeper.save_everything())
    around_requests(handle)
    replace(stepfunctions, "_add_event", "execution event_type details", add_event)
    return keeper
