from __future__ import annotations

import pytest

from functions.adapters.prediction_queue import StillQueuedError
from functions.deploy.endpoint_client import (
    QUEUE_SECONDS,
    DirectClient,
    EarlierReleaseError,
    QueueClient,
    verification_name,
)
from tests.unit.functions.fakes import AnsweringRuntime, MemoryStorage
from tests.unit.functions.fakes.prediction_queue import QueueingClient, queue_of

RUN = "reviews-1"
BODIES = [b"1", b"2"]


class Clock:
    """Time passes where somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def queued(client: QueueingClient, name: str = "verify-candidate-1") -> QueueClient:
    clock = Clock()
    queue = queue_of(client)
    return QueueClient(RUN, "e", queue, name, 900, clock, clock.sleep)


def test_all_requests_are_queued_before_an_answer_is_waited_for() -> None:
    client = QueueingClient(MemoryStorage())
    endpoint = queued(client)
    endpoint.send(BODIES)
    assert [request["EndpointName"] for request in client.requests] == ["e", "e"]
    client.answer(1, "one", RUN)
    client.answer(2, "two", RUN)
    assert [endpoint.answer(index, body) for index, body in enumerate(BODIES)] == [
        b'"one"',
        b'"two"',
    ]


def test_an_answer_that_does_not_come_is_waited_for_some_seconds_only() -> None:
    client = QueueingClient(MemoryStorage())
    endpoint = queued(client)
    endpoint.send(BODIES)
    with pytest.raises(StillQueuedError):
        endpoint.answer(0, b"1")
    assert QUEUE_SECONDS < endpoint.clock() < QUEUE_SECONDS + 2


def test_a_repeated_verification_finds_its_requests_and_another_deployment_asks_anew() -> (
    None
):
    client = QueueingClient(MemoryStorage())
    for _ in range(2):
        queued(client).send(BODIES)
    assert len(client.requests) == 2
    queued(client, "verify-candidate-2").send(BODIES)
    assert len(client.requests) == 4


def test_a_verification_is_called_by_its_stage_and_time() -> None:
    name = verification_name("stable", "2026-11-28T08:00:00.000+00:00")
    assert name == "verify-stable-202611280800000000000"


def test_an_answer_at_once_is_of_the_run() -> None:
    runtime = AnsweringRuntime("a", run=RUN)
    assert DirectClient(RUN, "e", runtime).answer(0, b"1") == b'"a"'
    with pytest.raises(EarlierReleaseError, match="the release 'reviews-1' still"):
        DirectClient("reviews-2", "e", runtime).answer(0, b"1")
