"""Tells the state keeper which requests change what, and answers writes of data only once they are on disk."""

from __future__ import annotations

import asyncio
import copy
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack import app
from ministack.core import persistence
from ministack.services import cloudwatch, cloudwatch_logs, dynamodb, stepfunctions

from localcloud.engine import journal
from localcloud.engine.dispatch import Proceed, Request, Response, around_requests
from localcloud.engine.journal import Journal
from localcloud.engine.patching import IncompatibleEngineError, replace, symbol
from localcloud.engine.state_keeper import StateKeeper

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
    "events": "eventbridge",
    "lambda": "lambda",
    "s3": "s3",
    "states": "stepfunctions",
}
"""Services whose writes are answered only when saved, with the names of their files; DynamoDB has its journal."""
_WAIT_SECONDS = 0.2
"""At most; a state that takes longer to save is behind its answers by that much."""
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


class Taker:
    """Takes the state of one ministack service as text.

    On the thread of the event loop, where requests are handled one after another: so no state holds half a request.
    The services that hold much hand out their live state there instead of a deep copy, which would cost many times
    the encoding; what other threads change meanwhile cannot tear it, for the encoder runs without giving way.
    """

    LIVE = (dynamodb, stepfunctions, cloudwatch_logs, cloudwatch)

    def __init__(self) -> None:
        self._sources = symbol(app, "_build_persistence_save_dict", "")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._taking = threading.local()
        for module in self.LIVE:
            symbol(module, "get_state", "")
            if symbol(module, "copy") is not copy:
                raise IncompatibleEngineError(f"expected {module.__name__} to import copy; found another thing.")
            module.copy = SimpleNamespace(deepcopy=self._deepcopy, copy=copy.copy)

    def _deepcopy(self, value: Any, memo: Any = None) -> Any:
        return value if getattr(self._taking, "now", False) else copy.deepcopy(value, memo)

    def names(self) -> list[str]:
        return list(self._sources())

    def run_on(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def take(self, name: str) -> str | None:
        """To be called from any thread but the loop's."""
        assert self._loop is not None, "run_on comes first"

        async def on_loop() -> str | None:
            return self._take(name)

        return asyncio.run_coroutine_threadsafe(on_loop(), self._loop).result(timeout=60)

    def _take(self, name: str) -> str | None:
        source = self._sources().get(name)
        self._taking.now = True
        try:
            state = source() if source else None
            if state is None:
                return None
            versioned = {"__ministack_format__": persistence._state_format_version(name), "payload": state}
            return json.dumps(versioned, default=persistence._json_default)
        finally:
            self._taking.now = False


async def _note(keeper: StateKeeper, request: Request) -> None:
    # A stack is worked on long after the request that asked for it, and asked about until it is done.
    if not is_write(request) and request.service != "cloudformation":
        return
    file = durable_file(request)
    if file is None:
        keeper.stir()
        return
    keeper.touch(file)
    await asyncio.to_thread(keeper.wait, file, _WAIT_SECONDS)


@dataclass(frozen=True)
class CrashSafety:
    keeper: StateKeeper
    taker: Taker
    journal: Journal

    async def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """To be called on `loop` once what is on disk has been loaded."""
        if await self.journal.repeat():
            self.keeper.touch("dynamodb")
        self.taker.run_on(loop)
        self.keeper.start()

    async def finish(self) -> None:
        """Saves everything a last time; what is written later is in the journal or on disk, or was not promised."""
        if not self.keeper.started:
            return  # nothing was loaded yet, so saving would forget everything
        await asyncio.to_thread(self.keeper.stop)
        await asyncio.to_thread(self.keeper.save_everything)


def apply(state: Path) -> CrashSafety:
    symbol(persistence, "_json_default", "obj")
    symbol(persistence, "_state_format_version", "service")
    taker = Taker()
    recorded = journal.apply(state / "journal")

    def saved(name: str) -> None:
        if name == "dynamodb":
            recorded.forget()

    keeper = StateKeeper(state / "metadata", taker.names, taker.take, saved)

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

    # ministack would save while requests are still handled.
    replace(app, "save_all", "services", lambda _: lambda services: None)
    around_requests(handle)
    replace(stepfunctions, "_add_event", "execution event_type details", add_event)
    return CrashSafety(keeper, taker, recorded)
