"""The model servers of one deployment of an endpoint config: started together, ended together."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from localcloud.sagemaker.errors import DeploymentError
from localcloud.sagemaker.hosting.client import ModelClient
from localcloud.sagemaker.hosting.replica import Launch, Replica
from localcloud.sagemaker.settings import Settings

PING_FAILED = (
    "The primary container for production variant {} did not pass the ping health check. "
    "Please check CloudWatch logs for this endpoint."
)


class NoCapacityError(Exception):
    """No model server became ready in time."""


class UnknownVariantError(LookupError):
    """A request names a variant the endpoint does not have."""


@dataclass
class Variant:
    """One production variant and its model servers."""

    name: str
    weight: float
    startup_timeout: float
    body_limit: int
    replicas: list[Replica]
    launch: Launch

    def ready(self) -> Replica | None:
        """The least busy model server that is ready."""
        ready = [replica for replica in self.replicas if replica.client]
        return min(ready, key=lambda replica: replica.in_flight, default=None)


class Fleet:
    """All variants of one deployment."""

    def __init__(self, config_name: str, folder: Path, settings: Settings) -> None:
        self.config_name, self.folder = config_name, folder
        self.variants: dict[str, Variant] = {}
        self._settings = settings
        self._wake = asyncio.Event()
        self._in_flight = 0

    def add(self, variant: Variant, count: int) -> None:
        variant.replicas = [Replica(variant.launch, self._changed) for _ in range(count)]
        self.variants[variant.name] = variant

    async def start(self) -> None:
        """Start every model server; raises `DeploymentError` unless all become ready in their time."""
        for variant in self.variants.values():
            for replica in variant.replicas:
                replica.start()
        await asyncio.gather(*(self._become_ready(variant) for variant in self.variants.values()))

    async def stop(self, drain_timeout: float, grace: float) -> None:
        """Let requests in flight finish, then end every process and remove the files."""
        deadline = time.monotonic() + drain_timeout
        while self._in_flight and time.monotonic() < deadline:
            await self._change(deadline)
        replicas = [replica for variant in self.variants.values() for replica in variant.replicas]
        await asyncio.gather(*(replica.stop(grace) for replica in replicas))
        await asyncio.to_thread(self.remove)

    def remove(self) -> None:
        """Close the logs and remove the files; blocks on both."""
        for variant in self.variants.values():
            variant.launch.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def choose(self, target: str | None) -> Variant:
        """The variant asked for, or one by weight."""
        if target:
            if target not in self.variants:
                raise UnknownVariantError(f"Variant {target} not found for Request")
            return self.variants[target]
        variants = list(self.variants.values())
        if len(variants) == 1:
            return variants[0]
        weights = [variant.weight for variant in variants]
        return random.choices(variants, weights if any(weights) else None)[0]

    @asynccontextmanager
    async def use(self, variant: Variant, deadline: float) -> AsyncIterator[ModelClient]:
        """A connection to a ready model server, counted as in flight; raises `NoCapacityError` after `deadline`."""
        self._in_flight += 1
        try:
            replica, client = await self._acquire(variant, deadline)
            replica.in_flight += 1
            try:
                yield client
            finally:
                replica.in_flight -= 1
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._changed()

    async def _acquire(self, variant: Variant, deadline: float) -> tuple[Replica, ModelClient]:
        while True:
            replica = variant.ready()
            if replica and replica.client:
                return replica, replica.client
            if time.monotonic() >= deadline:
                raise NoCapacityError(f"no model server of variant {variant.name} is ready")
            await self._change(deadline)

    async def _become_ready(self, variant: Variant) -> None:
        deadline = time.monotonic() + variant.startup_timeout
        while not all(replica.client for replica in variant.replicas):
            exits = max(replica.early_exits for replica in variant.replicas)
            if exits >= self._settings.startup_exits or time.monotonic() >= deadline:
                raise DeploymentError(PING_FAILED.format(variant.name))
            await self._change(deadline)

    async def _change(self, deadline: float) -> None:
        """Wait until a model server or the load changed, or the deadline passed."""
        wake = self._wake
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), max(0.0, deadline - time.monotonic()))

    def _changed(self) -> None:
        """Wake everyone who waits now; who waits from now on gets a fresh event."""
        self._wake.set()
        self._wake = asyncio.Event()
