from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.sagemaker.async_inference.queue import InvocationQueue, Notification
from localcloud.sagemaker.common.store import Store
from tests.unit.localcloud.sagemaker.async_inference.async_requests import a_request


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "s.db")
    yield store
    store.close()


@pytest.fixture
def queue(store: Store) -> InvocationQueue:
    return InvocationQueue(store)


def test_requests_come_in_their_order_and_as_they_were(queue: InvocationQueue) -> None:
    request = a_request()
    numbers = [queue.add(request, b"x"), queue.add(request, None)]
    other = queue.add(replace(request, endpoint="other"), None)
    first = queue.first("e", 0)
    assert first == numbers[0]
    queued = queue.get(numbers[0])
    assert queued is not None
    assert (queued.request, queued.payload) == (request, b"x")
    assert queued.notification is None
    assert queue.first("e", numbers[0]) == numbers[1]
    assert queue.first("e", numbers[1]) is None
    assert queue.first("other", 0) == other
    assert sorted(queue.endpoints()) == ["e", "other"]


def test_a_request_is_there_after_the_store_is_opened_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "again.db")
    number = InvocationQueue(store).add(a_request(), b"x")
    store.close()
    again = Store(tmp_path / "again.db")
    assert InvocationQueue(again).get(number) is not None
    again.close()


def test_a_transaction_that_fails_keeps_no_request(
    store: Store, queue: InvocationQueue
) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        queue.add(a_request(), None)
        raise RuntimeError
    assert queue.endpoints() == []


def test_expired_are_those_of_an_age_without_a_result(queue: InvocationQueue) -> None:
    late = replace(a_request(), expires=0.0)
    started, waiting, written = (queue.add(late, None) for _ in range(3))
    queue.add(a_request(), None)
    queue.set_notification(written, Notification(None, "", None))
    assert queue.expired("e", started) == [waiting]


def test_a_result_is_noted_before_it_is_announced(queue: InvocationQueue) -> None:
    number = queue.add(a_request(), None)
    notification = Notification("arn:t", "{}", "arn:role")
    queue.set_notification(number, notification)
    queued = queue.get(number)
    assert queued is not None
    assert queued.notification == notification
    queue.remove(number)
    assert queue.get(number) is None


def test_a_backlog_has_a_size_and_an_age(queue: InvocationQueue) -> None:
    assert queue.backlog("e") is None
    request = a_request()
    queue.add(replace(request, received=5.0), None)
    queue.add(replace(request, received=7.0), None)
    backlog = queue.backlog("e")
    assert backlog is not None
    assert (backlog.size, backlog.oldest) == (2, 5.0)
    queue.drop("e")
    assert queue.backlog("e") is None


def test_numbers_are_never_used_again(queue: InvocationQueue) -> None:
    number = queue.add(a_request(), None)
    queue.drop("e")
    assert queue.add(a_request(), None) > number
