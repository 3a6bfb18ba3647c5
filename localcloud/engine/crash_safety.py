"""Decides which requests change what state, and answers writes of data only once they are on disk."""

from __future__ import annotations

import asyncio
import copy
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from ministack import app
from ministack.core import persistence
from ministack.services import cloudwatch, cloudwatch_logs, dynamodb, stepfunctions

from localcloud.engine import journal
from localcloud.engine.common.patching import IncompatibleEngineError, replace, symbol
from localcloud.engine.dispatch import Proceed, Request, Response, around_requests
from localcloud.engine.journal import Journal
from localcloud.engine.state_keeper import StateKeeper

_READ_PREFIXES = (
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
_DURABLE_FILES = {
    "events": "eventbridge",
    "lambda": "lambda",
    "s3": "s3",
    "states": "stepfunctions",
}
"""Services whose writes are answered only when saved, with the names of their files. DynamoDB has its journal."""
_MAX_WAIT_SECONDS = 0.2
"""An answer waits this long for its save. A state that takes longer to save is behind its answers by that much."""
_SNAPSHOT_SECONDS = 60
_TRANSIENT_OPERATIONS = frozenset(
    {"PutEvents", "Publish", "PutLogEvents", "PutMetricData", "SendMessage"}
)
"""Operations that change too often to save at once, or nothing that lasts."""
_FIRST_ERROR_STATUS = 400


def is_write(request: Request) -> bool:
    name = request.operation
    if name:
        return not name.startswith(_READ_PREFIXES)
    return request.method not in ("GET", "HEAD", "OPTIONS")


def is_object(path: str) -> bool:
    """Whether an S3 path names an object: objects are on disk with their metadata before the answer anyway."""
    return "/" in path.strip("/")


def durable_file(request: Request) -> str | None:
    """The file that must be saved before a write is answered, or None where there is none."""
    if request.operation in _TRANSIENT_OPERATIONS or request.path.endswith(
        "/invocations"
    ):
        return None
    service = request.service
    if service == "s3" and is_object(request.path):
        return None
    return _DURABLE_FILES.get(service)


class StateSnapshotter:
    """Takes the state of one ministack service as text.

    On the thread of the event loop, where requests are handled one after another: so no state holds half a request.
    The services that hold much hand out their live state there instead of a deep copy, which would cost many times
    the encoding. What other threads change meanwhile cannot tear it, for the encoder does not release the interpreter.
    """

    LIVE = (dynamodb, stepfunctions, cloudwatch_logs, cloudwatch)

    def __init__(self) -> None:
        self._sources = symbol(app, "_build_persistence_save_dict", "")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._local = threading.local()
        for module in self.LIVE:
            self._replace_deepcopy(module)

    def _replace_deepcopy(self, module: ModuleType) -> None:
        symbol(module, "get_state", "")
        if symbol(module, "copy") is not copy:
            raise IncompatibleEngineError(
                f"expected {module.__name__} to import copy; found another thing."
            )
        module.copy = SimpleNamespace(deepcopy=self._deepcopy, copy=copy.copy)  # type: ignore[attr-defined]

    def _deepcopy(self, value: Any, memo: Any = None) -> Any:
        """`value` itself while this thread takes a snapshot."""
        return (
            value
            if getattr(self._local, "in_snapshot", False)
            else copy.deepcopy(value, memo)
        )

    def names(self) -> list[str]:
        return list(self._sources())

    def run_on(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def take(self, name: str) -> str | None:
        """The state of the service called `name`, None if it has none. Any thread but the loop's may call it."""
        assert self._loop is not None, "run_on comes first"

        async def on_loop() -> str | None:
            return self._take(name)

        return asyncio.run_coroutine_threadsafe(on_loop(), self._loop).result(
            _SNAPSHOT_SECONDS
        )

    def _take(self, name: str) -> str | None:
        source = self._sources().get(name)
        if source is None:
            return None
        self._local.in_snapshot = True
        try:
            state = source()
            if state is None:
                return None
            versioned = {
                "__ministack_format__": persistence._state_format_version(name),
                "payload": state,
            }
            return json.dumps(versioned, default=persistence._json_default)
        finally:
            self._local.in_snapshot = False


@dataclass(frozen=True)
class CrashSafety:
    keeper: StateKeeper
    snapshotter: StateSnapshotter
    journal: Journal

    async def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """To be called on `loop` once what is on disk has been loaded."""
        if await self.journal.replay():
            self.keeper.mark_changed("dynamodb")
        self.snapshotter.run_on(loop)
        self.keeper.start()

    async def finish(self) -> None:
        """Saves everything a last time. What is written later is in the journal or on disk, or was not promised."""
        if not self.keeper.is_started:
            return  # nothing was loaded yet, so saving would forget everything
        await asyncio.to_thread(self.keeper.stop)
        await asyncio.to_thread(self.keeper.save_everything)


def apply(state: Path) -> CrashSafety:
    symbol(persistence, "_json_default", "obj")
    symbol(persistence, "_state_format_version", "service")
    snapshotter = StateSnapshotter()
    writes = journal.apply(state / "journal")

    def on_saved(name: str) -> None:
        if name == "dynamodb":
            writes.remove_saved()

    keeper = StateKeeper(
        state / "metadata", snapshotter.names, snapshotter.take, on_saved
    )

    async def handle(request: Request, proceed: Proceed) -> Response:
        response = await proceed()
        status, _, _ = response
        if status < _FIRST_ERROR_STATUS:
            await _save_change(keeper, request)
        return response

    def mark_event(original: Any) -> Any:
        def add(execution: Any, event_type: str, details: Any = None) -> Any:
            event = original(execution, event_type, details)
            keeper.mark_changed("stepfunctions")
            return event

        return add

    # ministack would save while requests are still handled.
    replace(app, "save_all", "services", lambda _: lambda services: None)
    around_requests(handle)
    replace(stepfunctions, "_add_event", "execution event_type details", mark_event)
    return CrashSafety(keeper, snapshotter, writes)


async def _save_change(keeper: StateKeeper, request: Request) -> None:
    """Waits, for a moment at most, until what the request changed is on disk."""
    # A stack is worked on long after the request that asked for it, and described until it is done.
    if not is_write(request) and request.service != "cloudformation":
        return
    file = durable_file(request)
    if file is None:
        keeper.schedule_sweep()
        return
    keeper.mark_changed(file)
    await asyncio.to_thread(keeper.wait_until_saved, file, _MAX_WAIT_SECONDS)
