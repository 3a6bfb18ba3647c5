"""The first answer of an endpoint, which comes late on AWS: containers start and models load under it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from localcloud.sagemaker.common.state import Settings


class ColdStart:
    """Delays requests that come to a variant before its model is there.

    `/ping` answers 200 before that, as in the Hugging Face container. A serverless variant is cold again after
    `idle_seconds` without a request; None for instances, which stay warm.
    """

    def __init__(
        self,
        seconds: float,
        idle_seconds: float | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds, self._idle_seconds, self._clock = seconds, idle_seconds, clock
        self._ready_at: float | None = None
        self._last_used = clock()

    @classmethod
    def of_variant(cls, settings: Settings, is_serverless: bool) -> ColdStart:
        return cls(
            settings.cold_start, settings.cold_start_idle if is_serverless else None
        )

    async def wait(self) -> None:
        """Returns when the model is there. A request that gives up meanwhile does not stop it from loading."""
        delay = self.delay_seconds()
        if delay > 0:
            await asyncio.sleep(delay)

    def delay_seconds(self) -> float:
        """How long a request that comes now waits; the first one starts the model."""
        now = self._clock()
        is_idle = (
            self._idle_seconds is not None
            and now - self._last_used > self._idle_seconds
        )
        if self._ready_at is None or is_idle:
            self._ready_at = now + self._seconds
        self._last_used = max(now, self._ready_at)
        return max(0.0, self._ready_at - now)
