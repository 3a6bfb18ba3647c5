"""Messages as SQS delivers S3's events, and what takes them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from functions.adapters.arrivals import Arrivals
from functions.arrive.arrive import arrive
from functions.arrive.next_drop import next_drop
from functions.arrive.watch import Watch
from tests.unit.functions.fakes import NOW, MemoryLedger, MemoryWorkflow, arrivals

PREFIX = "datasets/reviews/"
BATCH = 1000


def message(key: str, number: int = 0, second: int = 0) -> dict[str, Any]:
    event = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "time": f"2026-05-01T12:{second // 60:02}:{second % 60:02}Z",
        "detail": {"bucket": {"name": "data"}, "object": {"key": key, "size": 1}},
    }
    return {"messageId": f"m{number}", "body": json.dumps(event)}


def files(count: int, model: str = "reviews") -> list[dict[str, Any]]:
    return [
        message(f"datasets/{model}/{number}.txt", number, number % 3600)
        for number in range(count)
    ]


class Queue:
    """The queue, its function, and what is behind it."""

    def __init__(self) -> None:
        self.ledger, self.workflow = MemoryLedger(), MemoryWorkflow()
        self.arrivals: Arrivals = arrivals()
        self.seconds = 0.0

    def now(self) -> datetime:
        self.seconds += 1
        return NOW + timedelta(seconds=self.seconds)

    @property
    def watch(self) -> Watch:
        return Watch(self.arrivals, self.ledger, self.workflow, "data", self.now)

    def deliver(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The answers to the batches."""
        starts = range(0, len(messages), BATCH)
        batches = [messages[start : start + BATCH] for start in starts]
        return [arrive(batch, self.arrivals, self.watch) for batch in batches]

    def next_drop(self, run: str) -> int:
        return int(next_drop(run, self.ledger, self.arrivals, self.watch)["started"])

    @property
    def keys(self) -> list[str]:
        """Of the events that executions were started with."""
        events = self.workflow.started.values()
        return [event["detail"]["object"]["key"] for event in events]
