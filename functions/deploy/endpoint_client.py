"""How Verify asks an endpoint: one that answers at once, or one whose answers come later."""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from functions.adapters.prediction_queue import PredictionQueue, StillQueuedError
from functions.adapters.runtime import Runtime

UNNAMED = (
    "expected the answer to name its run in the header X-Amzn-SageMaker-Custom-Attributes; found none. "
    "Drop it again with deployment.traffic: all_at_once"
)
"""Of a container that is not Traindrop's, behind a variant that releases share."""
QUEUE_SECONDS = 40
"""How long one call of Verify waits for answers from a queue; the state machine calls it again."""
_POLL_SECONDS = 0.5


class EarlierReleaseError(RuntimeError):
    """The endpoint still answers with another release."""


class EndpointClient(ABC):
    """An endpoint that is sent bodies, and gives the answer to each by its index."""

    def send(self, bodies: Sequence[bytes]) -> None:  # noqa: B027 - for those that queue
        """Called once, before the answers are asked for."""

    @abstractmethod
    def answer(self, index: int, body: bytes) -> bytes:
        """Raises a `PredictionError` where there is none, and `ValueError` where its origin is not known."""


@dataclass(frozen=True)
class DirectClient(EndpointClient):
    """Its answers name the release that gave them."""

    run: str
    endpoint: str
    runtime: Runtime

    def answer(self, index: int, body: bytes) -> bytes:
        """Raises `EarlierReleaseError` for the answer of another run: traffic goes over a moment after an update."""
        prediction = self.runtime.invoke(self.endpoint, body)
        if not prediction.run:
            raise ValueError(UNNAMED)
        if prediction.run != self.run:
            raise EarlierReleaseError(f"the release {prediction.run!r} still answers")
        return prediction.body


@dataclass
class QueueClient(EndpointClient):
    """An asynchronous endpoint.

    Its answers do not name a release; SageMaker sends requests to the config that DescribeEndpoint shows, which is the
    run's by now. `name` is that of this verification: calls that repeat it find the requests of the first.
    """

    run: str
    endpoint: str
    queue: PredictionQueue
    name: str
    answer_seconds: int
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _deadline: float = 0.0

    def send(self, bodies: Sequence[bytes]) -> None:
        self._deadline = self.clock() + QUEUE_SECONDS
        for index, body in enumerate(bodies):
            if self.queue.find(self.run, self._prediction(index)) is None:
                self._send(index, body)

    def _send(self, index: int, body: bytes) -> None:
        name = self._prediction(index)
        self.queue.send(self.endpoint, self.run, name, body, self.answer_seconds)

    def answer(self, index: int, body: bytes) -> bytes:
        """Raises `StillQueuedError` where it has not come in time."""
        queued = self.queue.find(self.run, self._prediction(index))
        while queued is not None:
            answer = self.queue.answer(queued)
            if answer is not None:
                return answer
            if self.clock() > self._deadline:
                break
            self.sleep(_POLL_SECONDS)
        raise StillQueuedError("the answers are not written yet")

    def _prediction(self, index: int) -> str:
        return f"{self.name}-{index:03}"


def verification_name(stage: str, started_at: str) -> str:
    """Another for every deployment to the endpoint."""
    return f"verify-{stage}-{re.sub(r'[^0-9]', '', started_at)}"
