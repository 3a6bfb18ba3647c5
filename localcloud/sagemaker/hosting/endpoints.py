"""All endpoints of this local SageMaker: create, update (blue/green), delete, and start again after a stop.

Each works as one asyncio task that moves the endpoint's record from status to status; the fleet that answers requests
is swapped in a single step between two awaits, so no request can meet a half-made change.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from localcloud.sagemaker.errors import DeploymentError
from localcloud.sagemaker.hosting import records
from localcloud.sagemaker.hosting.build import build_fleet
from localcloud.sagemaker.hosting.fleet import Fleet
from localcloud.sagemaker.kinds import ENDPOINT, Body
from localcloud.sagemaker.state import Context
from localcloud.sagemaker.store import MissingError

_RESTORE_PATIENCE = 45.0
_RESTORE_DELAY = 0.5

Work = Callable[[str], Coroutine[Any, Any, None]]


class Endpoints:
    """The live fleets by endpoint name, and the tasks that change them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._fleets: dict[str, Fleet] = {}
        self._retired: set[Fleet] = set()
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._restored: dict[str, asyncio.Event] = {}

    def begin(self, work: Work, name: str) -> None:
        """Start work on an endpoint; from any thread."""
        self._loop.call_soon_threadsafe(self._spawn, work, name)

    def recover(self) -> None:
        """Bring back what an earlier life served, and go on with what it was doing."""
        shutil.rmtree(self._context.settings.state / "endpoints", ignore_errors=True)
        works: dict[str, Work] = {
            "Creating": self.create,
            "InService": self.restore,
            "Updating": self.restore_and_update,
            "Deleting": self.delete,
        }
        for endpoint in self._context.store.all(ENDPOINT):
            work = works.get(endpoint["EndpointStatus"])
            if work:
                self._spawn(work, endpoint["EndpointName"])

    async def fleet(self, name: str, deadline: float) -> Fleet | None:
        """What answers for an endpoint now, waiting for one that is being restored; None where nothing does."""
        fleet = self._fleets.get(name)
        if fleet is None and name in self._restored:
            try:
                await asyncio.wait_for(self._restored[name].wait(), max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                return None
            fleet = self._fleets.get(name)
        return fleet

    async def create(self, name: str) -> None:
        endpoint = self._context.store.get(ENDPOINT, name)
        try:
            self._fleets[name] = await self._deploy(name, endpoint["EndpointConfigName"])
        except DeploymentError as error:
            self._change(name, partial(records.failed, reason=str(error)))
            return
        self._change(name, records.in_service)

    async def update(self, name: str) -> None:
        """Blue/green: the old fleet answers until the new one is ready; a failed update leaves it in place."""
        pending = self._context.store.get(ENDPOINT, name)["PendingDeploymentSummary"]["EndpointConfigName"]
        try:
            fleet = await self._deploy(name, pending)
        except DeploymentError as error:
            self._change(name, partial(records.rolled_back, reason=str(error)))
            return
        old = self._fleets.get(name)
        self._fleets[name] = fleet
        self._change(name, records.in_service)
        if old:
            await self._retire(old)

    async def delete(self, name: str) -> None:
        fleet = self._fleets.pop(name, None)
        if fleet:
            await self._retire(fleet)
        body = self._context.store.get(ENDPOINT, name)
        tags = self._context.store.tags(body["EndpointArn"])
        self._context.store.delete(ENDPOINT, name)
        self._context.events.changed(ENDPOINT, body | {"EndpointStatus": "Deleted"}, tags)

    async def restore(self, name: str) -> None:
        """Start an endpoint's model servers again after a stop of the local SageMaker; it stays InService meanwhile."""
        self._restored[name] = asyncio.Event()
        try:
            config_name = self._context.store.get(ENDPOINT, name)["EndpointConfigName"]
            # At start S3 may come up later than we do.
            self._fleets[name] = await self._deploy(name, config_name, _RESTORE_PATIENCE)
        except DeploymentError as error:
            self._change(name, partial(records.failed, reason=str(error)))
        finally:
            self._restored.pop(name).set()

    async def restore_and_update(self, name: str) -> None:
        await self.restore(name)
        if self._context.store.get(ENDPOINT, name)["EndpointStatus"] == "Updating":
            await self.update(name)

    async def shut_down(self) -> None:
        """End every model server; the records stay as they are for the next start."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        grace = self._context.settings.shutdown_grace
        fleets = [*self._fleets.values(), *self._retired]
        await asyncio.gather(*(fleet.stop(drain_timeout=0.0, grace=grace) for fleet in fleets))

    def set_weights(self, name: str, weights: dict[str, float]) -> None:
        """Weights of the live fleet; from any thread."""
        fleet = self._fleets.get(name)
        for variant in fleet.variants.values() if fleet else ():
            variant.weight = weights.get(variant.name, variant.weight)

    async def _deploy(self, name: str, config_name: str, patience: float = 0.0) -> Fleet:
        """A fleet with every model server ready; a missing archive is asked for again during `patience` seconds."""
        fleet = await self._build(name, config_name, patience)
        try:
            await fleet.start()
        except BaseException:
            await fleet.stop(drain_timeout=0.0, grace=self._context.settings.shutdown_grace)
            raise
        return fleet

    async def _build(self, name: str, config_name: str, patience: float) -> Fleet:
        deadline = time.monotonic() + patience
        while True:
            try:
                return await asyncio.to_thread(build_fleet, self._context, name, config_name)
            except DeploymentError:
                if time.monotonic() >= deadline:
                    raise
            await asyncio.sleep(_RESTORE_DELAY)

    async def _retire(self, fleet: Fleet) -> None:
        self._retired.add(fleet)
        settings = self._context.settings
        await fleet.stop(settings.invocation_timeout, settings.drain_grace)
        self._retired.discard(fleet)

    def _spawn(self, work: Work, name: str) -> None:
        task = self._loop.create_task(self._guarded(work, name))
        self._tasks[task] = name
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def _guarded(self, work: Work, name: str) -> None:
        try:
            await work(name)
        except MissingError:
            return
        except Exception as error:  # the record must not stay in progress for ever
            self._change(name, partial(records.failed, reason=f"InternalServerError: {type(error).__name__}: {error}"))

    def _change(self, name: str, edit: Callable[[Body], None]) -> None:
        self._context.change(ENDPOINT, name, edit)
