from __future__ import annotations

from contracts.run_record import RunStatus
from tests.unit.functions.arrive.queue import PREFIX, Queue, files


def test_a_drop_that_waited_is_begun_when_the_run_has_freed_its_model(
    queue: Queue,
) -> None:
    queue.ledger.add("reviews-1", status="training")
    queue.deliver(files(5))
    assert queue.next_drop("reviews-1") == 0
    queue.ledger.end("reviews-1", RunStatus.FAILED)
    assert queue.next_drop("reviews-1") == 1
    assert queue.keys == [f"{PREFIX}4.txt"]


def test_asking_again_starts_no_second_execution(queue: Queue) -> None:
    queue.ledger.add("reviews-1", status="training")
    queue.deliver(files(5))
    queue.ledger.end("reviews-1", RunStatus.KEPT_BACK)
    for _ in range(4):
        queue.next_drop("reviews-1")
    assert len(queue.keys) == 1


def test_where_nothing_waits_nothing_is_started(queue: Queue) -> None:
    queue.ledger.add("reviews-1", status="failed")
    queue.deliver(files(2, "news"))
    queue.workflow.started.clear()
    assert queue.next_drop("reviews-1") == 0
    assert queue.next_drop("") == 0
    assert queue.keys == []


def test_another_run_that_took_the_model_meanwhile_keeps_it(queue: Queue) -> None:
    queue.ledger.add("reviews-1", status="training")
    queue.deliver(files(5))
    queue.ledger.end("reviews-1", RunStatus.FAILED)
    queue.ledger.add("reviews-2", status="training")
    assert queue.next_drop("reviews-1") == 0
