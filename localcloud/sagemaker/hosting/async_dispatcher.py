"""Leads the requests of asynchronous endpoints to their model servers, in the order of their arrival.

One loop looks at what waits whenever something came or ended, and twice a second while anything waits: capacity may
come back, and requests expire.
"""

from __future__ import annotations

import asyncio
import shutil
import time
import traceback
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from localcloud.sagemaker.async_inference.queue import InvocationQueue
from localcloud.sagemaker.async_inference.requests import AsyncRequest
from localcloud.sagemaker.async_inference.role_clients import RoleClients
from localcloud.sagemaker.common.state import SageMakerState
from localcloud.sagemaker.common.store import (
    ENDPOINT,
    ENDPOINT_CONFIG,
    MODEL,
    MissingError,
)
from localcloud.sagemaker.hosting.async_metrics import AsyncMetrics
from localcloud.sagemaker.hosting.async_processing import (
    FOLDER,
    DroppedInvocationError,
    InvocationRun,
    Server,
    Services,
)
from localcloud.sagemaker.hosting.endpoints import Endpoints

_POLL_SECONDS = 0.5


class AsyncInvocations:
    """The backlog of every asynchronous endpoint, and the tasks that work on it."""

    def __init__(self, state: SageMakerState, endpoints: Endpoints) -> None:
        self._state, self._endpoints = state, endpoints
        self._loop = asyncio.get_running_loop()
        self._queue = InvocationQueue(state.store)
        self.metrics = AsyncMetrics(lambda: state.clients.cloudwatch)
        clients = RoleClients(state)
        self._services = Services(state, endpoints, self._queue, clients, self.metrics)
        self._wake = asyncio.Event()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._last_started: dict[str, int] = {}
        """The last row of each endpoint that was started; those behind it wait."""

    def add(self, request: AsyncRequest, payload: bytes | None) -> None:
        """Keeps a request; it is committed when this returns. Any thread may call it."""
        self._queue.add(request, payload)
        self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Until it is cancelled. What was left undone before a restart is started again."""
        folder = self._state.settings.state / FOLDER
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        while True:
            self._wake.clear()
            try:
                is_waiting = await self._start_all()
            except Exception:  # a defect must not end the loop
                traceback.print_exc()
                is_waiting = True
            with suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS if is_waiting else None):
                    await self._wake.wait()

    async def shut_down(self) -> None:
        """Leaves what is being processed to the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def note_backlogs(self) -> None:
        """The metrics of every asynchronous endpoint's queue, empty ones too."""
        for endpoint in self._state.store.all(ENDPOINT):
            if "AsyncInferenceConfig" not in endpoint:
                continue
            name = endpoint["EndpointName"]
            backlog = self._queue.backlog(name)
            size = backlog.size if backlog else 0
            age = time.time() - backlog.oldest if backlog else 0.0
            instances = self._endpoints.ready_count(name)
            self.metrics.note_backlog(name, size, age, instances)

    # ---- its parts -----------------------------------------------------------------------------------------------

    async def _start_all(self) -> bool:
        """Starts what there is room for. Returns whether anything is left to wait."""
        names = self._queue.endpoints()
        waiting = [await self._start_those_of(name) for name in names]
        return any(waiting)

    async def _start_those_of(self, endpoint: str) -> bool:
        last = self._last_started.get(endpoint, 0)
        for expired in self._queue.expired(endpoint, last):
            await self._start_expired(endpoint, expired)
        while number := self._queue.first(endpoint, last):
            if number not in self._tasks:
                server = await self._free_server(endpoint)
                if server is None:
                    return True
                self._start(number, server)
            last = self._last_started[endpoint] = number
        return False

    async def _free_server(self, endpoint: str) -> Server | None:
        """A variant of the live fleet that has a place for one more invocation."""
        fleet = await self._endpoints.fleet(endpoint, time.monotonic())
        if fleet is None or fleet.async_config is None:
            return None
        variant = fleet.choose(None)
        places = fleet.async_config.invocations_per_instance * variant.ready_count
        return Server(fleet, variant) if variant.async_invocations < places else None

    def _start(self, number: int, server: Server) -> None:
        queued = self._queue.get(number)
        if queued is None:
            return
        variant = server.variant
        run = InvocationRun(self._services, queued, server, variant.role_arn)
        variant.async_invocations += 1
        task = self._spawn(number, run.process())

        def free(_: asyncio.Task[None]) -> None:
            variant.async_invocations -= 1

        task.add_done_callback(free)

    async def _start_expired(self, endpoint: str, number: int) -> None:
        queued = self._queue.get(number)
        if queued is None or number in self._tasks:
            return
        fleet = await self._endpoints.fleet(endpoint, time.monotonic())
        server = Server(fleet, fleet.choose(None)) if fleet else None
        role_arn = server.variant.role_arn if server else self._role_of(endpoint)
        run = InvocationRun(self._services, queued, server, role_arn)
        self._spawn(number, run.expire())

    def _role_of(self, endpoint: str) -> str | None:
        """The role of the first model of an endpoint; None where a record of it is gone."""
        store = self._state.store
        try:
            config_name = store.get(ENDPOINT, endpoint)["EndpointConfigName"]
            variants = store.get(ENDPOINT_CONFIG, config_name)["ProductionVariants"]
            model = store.get(MODEL, variants[0]["ModelName"])
        except MissingError:
            return None
        role_arn: str = model["ExecutionRoleArn"]
        return role_arn

    def _spawn(
        self, number: int, work: Coroutine[Any, Any, None]
    ) -> asyncio.Task[None]:
        task = self._loop.create_task(self._guard(work))
        self._tasks[number] = task

        def end(_: asyncio.Task[None]) -> None:
            self._tasks.pop(number, None)
            self._wake.set()

        task.add_done_callback(end)
        return task

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except DroppedInvocationError:
            return
        except Exception:  # its row stays, and the next start works on it again
            traceback.print_exc()
