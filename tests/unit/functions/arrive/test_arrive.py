from __future__ import annotations

import random

import pytest

from contracts.arrival import MAX_TRIES
from tests.unit.functions.arrive.queue import PREFIX, Queue, files, message


def test_ten_thousand_files_of_one_drop_start_one_execution(queue: Queue) -> None:
    queue.deliver(files(10_000))
    assert len(queue.keys) == 1
    arrival = queue.arrivals.find("reviews", PREFIX)
    assert arrival is not None
    assert arrival.generation == 10


def test_events_in_any_order_and_twice_start_one_execution(queue: Queue) -> None:
    messages = files(500) * 2
    random.Random(7).shuffle(messages)
    for one in messages:
        queue.deliver([one])
    assert len(queue.keys) == 1


def test_each_model_gets_an_execution(queue: Queue) -> None:
    queue.deliver(files(200) + files(200, "news"))
    assert len(queue.keys) == 2


def test_files_that_come_while_a_run_holds_the_model_start_nothing(
    queue: Queue,
) -> None:
    queue.ledger.add("reviews-1", status="training")
    (answer,) = queue.deliver(files(300))
    assert (answer["started"], queue.keys) == (0, [])
    assert queue.arrivals.find("reviews", PREFIX) is not None


def test_a_file_that_comes_after_the_watcher_has_ended_starts_another(
    queue: Queue,
) -> None:
    queue.deliver(files(3))
    queue.workflow.end_all("FAILED")
    queue.deliver(files(3))
    assert len(queue.keys) == 2


def test_every_new_upload_is_tried_whatever_became_of_the_ones_before(
    queue: Queue,
) -> None:
    for number in range(3 * MAX_TRIES):
        queue.deliver([message(f"{PREFIX}{number}.csv", number, number)])
        queue.workflow.end_all("FAILED")
    assert len(queue.keys) == 3 * MAX_TRIES


def test_a_start_that_failed_is_delivered_again_and_made_up_for(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue.workflow, "start", _refuse)
    (answer,) = queue.deliver(files(2))
    failed = [item["itemIdentifier"] for item in answer["batchItemFailures"]]
    assert failed == ["m0", "m1"]
    monkeypatch.undo()
    (answer,) = queue.deliver(files(2))
    assert answer["batchItemFailures"] == []
    assert len(queue.keys) == 1


def _refuse(*_: object) -> bool:
    raise RuntimeError("throttled")


def test_one_drop_that_cannot_be_noted_holds_up_no_other(queue: Queue) -> None:
    class Refusing(type(queue.arrivals)):  # type: ignore[misc]
        def note(self, model: str, *rest: str) -> object:
            if model == "news":
                raise RuntimeError("refused")
            return super().note(model, *rest)

    queue.arrivals.__class__ = Refusing
    messages = [message("datasets/news/a.csv", 1), message(f"{PREFIX}a.csv", 2)]
    (answer,) = queue.deliver([*messages, {"messageId": "m3", "body": "x"}])
    failed = [item["itemIdentifier"] for item in answer["batchItemFailures"]]
    assert sorted(failed) == ["m1", "m3"]
    assert queue.keys == [f"{PREFIX}a.csv"]


def test_names_of_executions_are_ones_that_step_functions_takes(queue: Queue) -> None:
    queue.deliver([message("datasets/Größe a+b / 日本/x.csv", 1)])
    queue.deliver([message(f"datasets/{'x' * 128}/x.csv", 2)])
    for name in queue.workflow.started:
        assert name.isascii()
        assert len(name) <= 80
        assert not set(name) & set(' <>{}[]?*"#%\\^|~`$&,;:/+')
