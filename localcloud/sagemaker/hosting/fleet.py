"""The model servers of one deployment of an endpoint config: started together, ended together."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.sagemaker.async_inference.config import AsyncConfig
from localcloud.sagemaker.common.errors import DeploymentError
from localcloud.sagemaker.common.launch import Launcher, Program
from localcloud.sagemaker.common.log_stream import LogStream
from localcloud.sagemaker.common.state import Settings
from localcloud.sagemaker.hosting.cold_start import ColdStart
from localcloud.sagemaker.hosting.model_client import ModelClient
from localcloud.sagemaker.hosting.replica import Replica

PING_FAILED = (
    "The primary container for production variant {} did not pass the ping health check. "
    "Please check CloudWatch logs for this endpoint."
)
_MAX_LOG_CHARACTERS = 800
"""Of the lines that a failure's reason repeats; the reason of an endpoint has room for 1024."""


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
    """Seconds for the first `/ping` 200."""
    max_body_bytes: int
    program: Program
    log: LogStream
    is_serverless: bool = False
    role_arn: str | None = None
    """Of the model's role."""
    data_log: LogStream | None = None
    """Where SageMaker writes of asynchronous invocations; only their endpoints have it."""
    async_invocations: int = 0
    """Those that are being processed now."""
    second_tries: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by one of the asynchronous invocations that have lost their model server."""
    cold_start: ColdStart = field(default_factory=lambda: ColdStart(0.0, None))
    replicas: list[Replica] = field(default_factory=list)

    def least_busy(self) -> Replica | None:
        """The ready model server with the fewest requests, or None where none is ready."""
        ready = [replica for replica in self.replicas if replica.client]
        return min(ready, key=lambda replica: replica.in_flight, default=None)

    @property
    def is_ready(self) -> bool:
        return all(replica.client for replica in self.replicas)

    @property
    def ready_count(self) -> int:
        """The model servers that are ready."""
        return sum(replica.client is not None for replica in self.replicas)


def with_last_lines(text: str, log: LogStream) -> str:
    """SageMaker's words and, beyond them, the last lines of the log: most clients show nothing else."""
    lines = "\n".join(log.last_lines)[-_MAX_LOG_CHARACTERS:]
    return f"{text} Its last lines:\n{lines}" if lines else text


class Fleet:
    """All variants of one deployment."""

    def __init__(
        self, config_name: str, folder: Path, settings: Settings, launcher: Launcher
    ) -> None:
        self.config_name, self.folder = config_name, folder
        self.variants: dict[str, Variant] = {}
        self.async_config: AsyncConfig | None = None
        """None for real-time endpoints."""
        self._settings, self._launcher = settings, launcher
        self._changed = asyncio.Event()
        self._in_flight = 0

    @property
    def _replicas(self) -> list[Replica]:
        return [
            replica
            for variant in self.variants.values()
            for replica in variant.replicas
        ]

    def add(self, variant: Variant, count: int) -> None:
        """Adds a variant with `count` model servers, not yet started."""
        for _ in range(count):
            replica = Replica(
                variant.program, variant.log, self._launcher, self._wake_waiting
            )
            variant.replicas.append(replica)
        self.variants[variant.name] = variant

    async def start(self) -> None:
        """Starts every model server. Raises `DeploymentError` unless all become ready in their time."""
        for replica in self._replicas:
            replica.start()
        await asyncio.gather(
            *(self._wait_until_ready(variant) for variant in self.variants.values())
        )

    async def stop(self, drain_timeout: float, grace: float) -> None:
        """Lets requests in flight finish for `drain_timeout` seconds, then ends every process and removes the files.

        `grace` is the time from SIGTERM to SIGKILL in seconds.
        """
        deadline = time.monotonic() + drain_timeout
        while self._in_flight and time.monotonic() < deadline:
            await self._wait_for_change(deadline)
        await asyncio.gather(*(replica.stop(grace) for replica in self._replicas))
        await asyncio.to_thread(self.remove)

    def remove(self) -> None:
        """Closes the logs and removes the files. Blocks on both."""
        for variant in self.variants.values():
            variant.log.close()
            if variant.data_log:
                variant.data_log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def choose(self, target: str | None) -> Variant:
        """The variant called `target`, or one by weight. Raises `UnknownVariantError`."""
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
    async def use(
        self, variant: Variant, deadline: float
    ) -> AsyncIterator[ModelClient]:
        """A client of a ready model server; the request is counted as in flight.

        Raises `NoCapacityError` if no model server is ready at `deadline`, in seconds of `time.monotonic`.
        """
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
                self._wake_waiting()

    async def _acquire(
        self, variant: Variant, deadline: float
    ) -> tuple[Replica, ModelClient]:
        while True:
            replica = variant.least_busy()
            if replica and replica.client:
                return replica, replica.client
            if time.monotonic() >= deadline:
                raise NoCapacityError(
                    f"no model server of variant {variant.name} is ready"
                )
            await self._wait_for_change(deadline)

    async def _wait_until_ready(self, variant: Variant) -> None:
        deadline = time.monotonic() + variant.startup_timeout
        while not variant.is_ready:
            exits = max(replica.early_exits for replica in variant.replicas)
            if exits >= self._settings.startup_exits or time.monotonic() >= deadline:
                text = PING_FAILED.format(variant.name)
                raise DeploymentError(with_last_lines(text, variant.log))
            await self._wait_for_change(deadline)

    async def _wait_for_change(self, deadline: float) -> None:
        """Waits until a model server or the load changed, or the deadline passed."""
        seconds = max(0.0, deadline - time.monotonic())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    def _wake_waiting(self) -> None:
        """Wakes everyone who waits now. Who waits from now on gets a fresh event."""
        self._changed.set()
        self._changed = asyncio.Event()
