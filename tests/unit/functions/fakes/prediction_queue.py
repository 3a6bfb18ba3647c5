"""An asynchronous endpoint: takes requests, and answers when the test says so, by files in the bucket."""

from __future__ import annotations

import json
from typing import Any, cast

from functions.adapters.prediction_queue import PredictionQueue
from tests.unit.functions.fakes.clock import now
from tests.unit.functions.fakes.storage import MemoryStorage


class QueueingClient:
    """`invoke_endpoint_async` of boto3, where nothing is answered by itself; `error` is raised instead."""

    def __init__(self, storage: MemoryStorage) -> None:
        self.storage = storage
        self.requests: list[dict[str, Any]] = []
        self.error: Exception | None = None

    def invoke_endpoint_async(self, **request: Any) -> dict[str, Any]:
        if self.error:
            raise self.error
        self.requests.append(request)
        root = request["InputLocation"].rpartition("requests/")[0]
        number = len(self.requests)
        return {
            "InferenceId": f"{number}",
            "OutputLocation": f"{root}answers/{number}.out",
            "FailureLocation": f"{root}failures/{number}-error.out",
        }

    def answer(self, number: int, value: Any, run: str) -> None:
        """SageMaker writes the answer to the request of this number, counted from 1."""
        key = f"predictions/{run}/answers/{number}.out"
        self.storage.put_bytes(key, json.dumps(value).encode())

    def fail(self, number: int, text: str, run: str) -> None:
        key = f"predictions/{run}/failures/{number}-error.out"
        self.storage.put_bytes(key, text.encode())


def queue_of(client: QueueingClient) -> PredictionQueue:
    return PredictionQueue(cast(Any, client), client.storage, now)


def no_queue() -> PredictionQueue:
    """For what must not ask a queue."""
    raise AssertionError("expected no queue to be asked")
