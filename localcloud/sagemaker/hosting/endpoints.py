"""All endpoints of this local SageMaker: create, update (blue/green), delete, and start again after a stop.

Each operation is one asyncio task that moves the endpoint's record from status to status. The fleet that answers
requests is swapped in a single step between two awaits, so no request can meet a half-made change. While an update
shifts traffic, two fleets answer, each request one of them.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.sagemaker.async_inference.notifications import send_test_notifications
from localcloud.sagemaker.async_inference.queue import InvocationQueue
from localcloud.sagemaker.async_inference.requests import LONGEST_TIMEOUT_SECONDS
from localcloud.sagemaker.async_inference.role_clients import RoleClients
from localcloud.sagemaker.common.errors import DeploymentError
from localcloud.sagemaker.common.state import SageMakerState
from localcloud.sagemaker.common.store import ENDPOINT, Body, MissingError
from localcloud.sagemaker.hosting.build import build_fleet
from localcloud.sagemaker.hosting.fleet import Fleet
from localcloud.sagemaker.hosting.traffic import TrafficShift, tripped_alarm

_RESTORE_SECONDS = 45.0
"""How long a restart tries to build a fleet: S3 may come up later than SageMaker."""
_RESTORE_DELAY_SECONDS = 0.5
_ALARM_SECONDS = 1.0
"""How often the alarms of an update are looked at."""
_MAX_REASON_CHARACTERS = 1024

Work = Callable[[str], Coroutine[Any, Any, None]]
"""What a task does with the endpoint of a name."""


@dataclass
class _NewFleet:
    """The fleet that is taking over, and the share of the requests that it answers by now."""

    fleet: Fleet
    share: float = 0.0


class Endpoints:
    """The live fleets by endpoint name, and the tasks that change them."""

    def __init__(self, state: SageMakerState) -> None:
        self._state = state
        self._queue = InvocationQueue(state.store)
        self._loop = asyncio.get_running_loop()
        self._fleets: dict[str, Fleet] = {}
        self._new_fleets: dict[str, _NewFleet] = {}
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
            "RollingBack": self.restore_and_roll_back,
            "Deleting": self.delete,
        }
        for endpoint in self._state.store.all(ENDPOINT):
            work = works.get(endpoint["EndpointStatus"])
            if work:
                self._spawn(work, endpoint["EndpointName"])

    async def fleet(self, name: str, deadline: float) -> Fleet | None:
        """The fleet that answers the next request of an endpoint, or None where there is none.

        Waits for one that is being restored until `deadline`, in seconds of `time.monotonic`. While an update shifts
        requests, each call draws one of the two fleets.
        """
        new = self._new_fleets.get(name)
        if new and random.random() < new.share:
            return new.fleet
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

    def ready_count(self, name: str) -> int:
        """The model servers of the live fleet that are ready."""
        fleet = self._fleets.get(name)
        variants = fleet.variants.values() if fleet else ()
        return sum(variant.ready_count for variant in variants)

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
            fleet = await self._deploy(name, config_name)
            await self._test_topics(name, fleet)
            self._fleets[name] = fleet
        except DeploymentError as error:
            self._change(name, partial(fail, reason=str(error)))
            return
        self._change(name, enter_service)

    async def update(self, name: str) -> None:
        """Blue/green: the old fleet answers until the new one is ready, then both do, as the shift of traffic says.

        A failed update leaves the old fleet in place, and so does one that an alarm stopped.
        """
        endpoint = self._state.store.get(ENDPOINT, name)
        shift = requested_shift(endpoint)
        deadline = time.monotonic() + shift.timeout
        pending = endpoint["PendingDeploymentSummary"]
        try:
            fleet = await self._deploy(name, pending["EndpointConfigName"])
        except DeploymentError as error:
            self._change(name, partial(roll_back, reason=str(error)))
            return
        old = self._fleets.get(name)
        if old:
            reason = await self._shift_traffic(name, fleet, shift, deadline)
            if reason:
                self._change(name, begin_rollback)
                await self._retire(fleet)
                self._change(name, partial(roll_back, reason=reason))
                return
        self._fleets[name] = fleet
        self._change(name, enter_service)
        if old:
            longest = LONGEST_TIMEOUT_SECONDS if old.async_config else None
            await self._retire(old, longest)

    async def delete(self, name: str) -> None:
        self._queue.drop(name)
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

    async def restore_and_roll_back(self, name: str) -> None:
        """After a stop in the middle of a rollback: the old config serves, and nothing is left of the new fleet."""
        await self.restore(name)
        if self._state.store.get(ENDPOINT, name)["EndpointStatus"] == "RollingBack":
            reason = "The deployment was rolled back."
            self._change(name, partial(roll_back, reason=reason))

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

    async def _shift_traffic(
        self, name: str, fleet: Fleet, shift: TrafficShift, deadline: float
    ) -> str | None:
        """Leads requests to the new fleet in steps. Returns why the old one must take them back, or None.

        `deadline` is in seconds of `time.monotonic`. Afterwards no request goes to the new fleet unless it takes over.
        """
        new = self._new_fleets[name] = _NewFleet(fleet)
        waits = [*(shift.wait for _ in shift.shares), shift.termination_wait]
        try:
            for share, wait in zip((*shift.shares, 1.0), waits, strict=True):
                new.share = share
                self._state.store.change(ENDPOINT, name, mark_baking)
                reason = await self._bake(shift, wait, deadline)
                if reason:
                    return reason
            return None
        except BaseException:
            await fleet.stop(
                drain_timeout=0.0, grace=self._state.settings.shutdown_grace
            )
            raise
        finally:
            del self._new_fleets[name]

    async def _bake(
        self, shift: TrafficShift, seconds: float, deadline: float
    ) -> str | None:
        """Watches the alarms for so long. Returns why the update must not go on, or None."""
        end = time.monotonic() + seconds
        while True:
            try:
                alarm = await asyncio.to_thread(self._tripped_alarm, shift)
            except (BotoCoreError, ClientError) as error:
                return f"The deployment was rolled back: its alarms cannot be read ({error})."
            if alarm:
                return f"The deployment was rolled back: the alarm {alarm} is in the state ALARM."
            now = time.monotonic()
            if now >= deadline:
                return f"The deployment was rolled back: it took longer than {shift.timeout} s."
            if now >= end:
                return None
            await asyncio.sleep(min(_ALARM_SECONDS, end - now))

    def _tripped_alarm(self, shift: TrafficShift) -> str | None:
        if not shift.alarms:
            return None
        return tripped_alarm(self._state.clients.cloudwatch, shift.alarms)

    async def _test_topics(self, name: str, fleet: Fleet) -> None:
        """Raises `DeploymentError` where the topics of an asynchronous endpoint cannot be published to."""
        if fleet.async_config is None:
            return
        topics = fleet.async_config.topics
        role_arn = fleet.choose(None).role_arn
        clients = RoleClients(self._state)
        try:
            await asyncio.to_thread(
                send_test_notifications, clients, topics, role_arn, name
            )
        except BaseException:
            grace = self._state.settings.shutdown_grace
            await fleet.stop(drain_timeout=0.0, grace=grace)
            raise

    async def _retire(self, fleet: Fleet, drain_timeout: float | None = None) -> None:
        """Requests in flight have `drain_timeout` seconds; None for those of a real-time invocation."""
        self._retiring.add(fleet)
        settings = self._state.settings
        if drain_timeout is None:
            drain_timeout = settings.invocation_timeout
        await fleet.stop(drain_timeout, settings.drain_grace)
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


def begin_update(
    endpoint: Body,
    config_name: str,
    variants: list[Body],
    deployment_config: Body | None = None,
    async_config: Body | None = None,
) -> None:
    """`deployment_config` is the update's `DeploymentConfig`; None for all at once.

    `async_config` is the new config's `AsyncInferenceConfig`.
    """
    endpoint.pop("FailureReason", None)
    endpoint.pop("LastDeploymentConfig", None)
    if deployment_config is not None:
        endpoint["LastDeploymentConfig"] = deployment_config
    endpoint["EndpointStatus"] = "Updating"
    endpoint["PendingDeploymentSummary"] = {
        "EndpointConfigName": config_name,
        "ProductionVariants": variants,
        "StartTime": time.time(),
    }
    if async_config is not None:
        endpoint["PendingDeploymentSummary"]["AsyncInferenceConfig"] = async_config


def requested_shift(endpoint: Body) -> TrafficShift:
    """How the traffic of an endpoint in an update is to be shifted."""
    variants = endpoint["PendingDeploymentSummary"]["ProductionVariants"]
    return TrafficShift.from_config(
        endpoint.get("LastDeploymentConfig", {}), smallest_count(variants)
    )


def smallest_count(variants: list[Body]) -> int:
    """The instances of the variant that has the fewest; 1 where it has none of its own."""
    counts = [variant.get("DesiredInstanceCount", 1) for variant in variants]
    return min(counts, default=1)


def mark_baking(endpoint: Body) -> None:
    status = [{"Status": "Baking", "StartTime": time.time()}]
    for variant in endpoint["PendingDeploymentSummary"]["ProductionVariants"]:
        variant["VariantStatus"] = status


def begin_rollback(endpoint: Body) -> None:
    endpoint["EndpointStatus"] = "RollingBack"


def enter_service(endpoint: Body) -> None:
    """Creating or updating succeeded: what was pending serves now."""
    pending = endpoint.pop("PendingDeploymentSummary", {})
    for variant in pending.get("ProductionVariants", []):
        variant.pop("VariantStatus", None)
    for field in ("EndpointConfigName", "ProductionVariants", "AsyncInferenceConfig"):
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
