"""All endpoints of this local SageMaker: create, update (blue/green), delete, and start again after a stop.

Each operation is one asyncio task that moves the endpoint's record from status to status. The fleet that answers
requests is swapped in a single step between two awaits, so no request can meet a half-made change.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from localcloud.sagemaker.common.errors import DeploymentError
from localcloud.sagemaker.common.state import SageMakerState
from localcloud.sagemaker.common.store import ENDPOINT, Body, MissingError
from localcloud.sagemaker.hosting.build import build_fleet
from localcloud.sagemaker.hosting.fleet import Fleet

_RESTORE_SECONDS = 45.0
"""How long a restart tries to build a fleet: S3 may come up later than SageMaker."""
_RESTORE_DELAY_SECONDS = 0.5
_MAX_REASON_CHARACTERS = 1024

Work = Callable[[str], Coroutine[Any, Any, None]]
"""What a task does with the endpoint of a name."""


class Endpoints:
    """The live fleets by endpoint name, and the tasks that change them."""

    def __init__(self, state: SageMakerState) -> None:
        self._state = state
        self._loop = asyncio.get_running_loop()
        self._fleets: dict[str, Fleet] = {}
        self._retiring: set[Fleet] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._restorations: dict[str, asyncio.Event] = {}

    def begin(self, work: Work, name: str) -> None:
        """Starts work on an endpoint. Any thread may call it."""
        self._loop.call_soon_threadsafe(self._spawn, work, name)

    def recover(self) -> None:
        """Brings back what an earlier life served, and goes on with what it was doing."""
        shutil.rmtree(self._state.settings.state / "endpoints", ignore_errors=True)
        works: dict[str, Work] = {
            "Creating": self.create,
            "InService": self.restore,
            "Updating": self.restore_and_update,
            "Deleting": self.delete,
        }
        for endpoint in self._state.store.all(ENDPOINT):
            work = works.get(endpoint["EndpointStatus"])
            if work:
                self._spawn(work, endpoint["EndpointName"])

    async def fleet(self, name: str, deadline: float) -> Fleet | None:
        """The fleet that answers for an endpoint now, or None where there is none.

        Waits for one that is being restored until `deadline`, in seconds of `time.monotonic`.
        """
        fleet = self._fleets.get(name)
        if fleet is None and name in self._restorations:
            seconds = max(0.0, deadline - time.monotonic())
            try:
                async with asyncio.timeout(seconds):
                    await self._restorations[name].wait()
            except TimeoutError:
                return None
            fleet = self._fleets.get(name)
        return fleet

    def set_weights(self, name: str, weights: Mapping[str, float]) -> None:
        """Changes the weights of variants in the live fleet. Any thread may call it."""
        fleet = self._fleets.get(name)
        if fleet is None:
            return
        for variant in fleet.variants.values():
            variant.weight = weights.get(variant.name, variant.weight)

    async def shut_down(self) -> None:
        """Ends every model server. The records stay as they are for the next start."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        grace = self._state.settings.shutdown_grace
        fleets = [*self._fleets.values(), *self._retiring]
        await asyncio.gather(
            *(fleet.stop(drain_timeout=0.0, grace=grace) for fleet in fleets)
        )

    # ---- work ----------------------------------------------------------------------------------------------------

    async def create(self, name: str) -> None:
        config_name = self._state.store.get(ENDPOINT, name)["EndpointConfigName"]
        try:
            self._fleets[name] = await self._deploy(name, config_name)
        except DeploymentError as error:
            self._change(name, partial(fail, reason=str(error)))
            return
        self._change(name, enter_service)

    async def update(self, name: str) -> None:
        """Blue/green: the old fleet answers until the new one is ready. A failed update leaves it in place."""
        pending = self._state.store.get(ENDPOINT, name)["PendingDeploymentSummary"]
        try:
            fleet = await self._deploy(name, pending["EndpointConfigName"])
        except DeploymentError as error:
            self._change(name, partial(roll_back, reason=str(error)))
            return
        old = self._fleets.get(name)
        self._fleets[name] = fleet
        self._change(name, enter_service)
        if old:
            await self._retire(old)

    async def delete(self, name: str) -> None:
        fleet = self._fleets.pop(name, None)
        if fleet:
            await self._retire(fleet)
        body = self._state.store.get(ENDPOINT, name)
        tags = self._state.store.tags(body["EndpointArn"])
        self._state.store.delete(ENDPOINT, name)
        self._state.events.send(ENDPOINT, body | {"EndpointStatus": "Deleted"}, tags)

    async def restore(self, name: str) -> None:
        """Starts model servers again after a stop of the local SageMaker. The endpoint stays InService meanwhile."""
        self._restorations[name] = asyncio.Event()
        try:
            config_name = self._state.store.get(ENDPOINT, name)["EndpointConfigName"]
            self._fleets[name] = await self._deploy(name, config_name, _RESTORE_SECONDS)
        except DeploymentError as error:
            self._change(name, partial(fail, reason=str(error)))
        finally:
            self._restorations.pop(name).set()

    async def restore_and_update(self, name: str) -> None:
        await self.restore(name)
        if self._state.store.get(ENDPOINT, name)["EndpointStatus"] == "Updating":
            await self.update(name)

    # ---- its parts -----------------------------------------------------------------------------------------------

    async def _deploy(
        self, name: str, config_name: str, retry_seconds: float = 0.0
    ) -> Fleet:
        """A fleet with every model server ready. Building it is tried again during `retry_seconds`."""
        fleet = await self._build(name, config_name, retry_seconds)
        try:
            await fleet.start()
        except BaseException:
            await fleet.stop(
                drain_timeout=0.0, grace=self._state.settings.shutdown_grace
            )
            raise
        return fleet

    async def _build(self, name: str, config_name: str, retry_seconds: float) -> Fleet:
        deadline = time.monotonic() + retry_seconds
        while True:
            try:
                return await asyncio.to_thread(
                    build_fleet, self._state, name, config_name
                )
            except DeploymentError:
                if time.monotonic() >= deadline:
                    raise
            await asyncio.sleep(_RESTORE_DELAY_SECONDS)

    async def _retire(self, fleet: Fleet) -> None:
        self._retiring.add(fleet)
        settings = self._state.settings
        await fleet.stop(settings.invocation_timeout, settings.drain_grace)
        self._retiring.discard(fleet)

    def _spawn(self, work: Work, name: str) -> None:
        task = self._loop.create_task(self._run(work, name))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, work: Work, name: str) -> None:
        try:
            await work(name)
        except MissingError:
            return
        except Exception as error:  # the record must not stay in progress for ever
            reason = f"InternalServerError: {type(error).__name__}: {error}"
            self._change(name, partial(fail, reason=reason))

    def _change(self, name: str, edit: Callable[[Body], None]) -> None:
        self._state.change(ENDPOINT, name, edit)


# ---- how the record moves from status to status --------------------------------------------------------------------


def begin_update(endpoint: Body, config_name: str, variants: list[Body]) -> None:
    endpoint.pop("FailureReason", None)
    endpoint["EndpointStatus"] = "Updating"
    endpoint["PendingDeploymentSummary"] = {
        "EndpointConfigName": config_name,
        "ProductionVariants": variants,
        "StartTime": time.time(),
    }


def enter_service(endpoint: Body) -> None:
    """Creating or updating succeeded: what was pending serves now."""
    pending = endpoint.pop("PendingDeploymentSummary", {})
    for field in ("EndpointConfigName", "ProductionVariants"):
        if field in pending:
            endpoint[field] = pending[field]
    endpoint["EndpointStatus"] = "InService"


def roll_back(endpoint: Body, reason: str) -> None:
    """An update failed: the old config goes on serving."""
    endpoint.pop("PendingDeploymentSummary", None)
    endpoint["EndpointStatus"] = "InService"
    endpoint["FailureReason"] = reason[:_MAX_REASON_CHARACTERS]


def fail(endpoint: Body, reason: str) -> None:
    endpoint.pop("PendingDeploymentSummary", None)
    endpoint["EndpointStatus"] = "Failed"
    endpoint["FailureReason"] = reason[:_MAX_REASON_CHARACTERS]
