"""`watch` follows the run of the files that lie there now, and no earlier one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cli.errors import CommandError
from cli.run_search import DropState, RunSearch, drop_state
from functions.common.names import run_name
from tests.unit.cli.targets import BUCKET, UPLOADED, MemoryS3, MemoryTarget
from tests.unit.functions.api.client import Client

EARLIER = (UPLOADED - timedelta(hours=1)).isoformat()
LATER = (UPLOADED + timedelta(seconds=3)).isoformat()


@pytest.fixture
def state(s3: MemoryS3) -> DropState:
    s3.objects["datasets/reviews/data.csv"] = b"text,label\n"
    s3.objects["datasets/reviews/.hidden"] = b""
    current = drop_state(s3, BUCKET, "reviews")
    assert current is not None
    return current


class Waiting:
    """In place of the clock: every pause takes a minute, and what happens meanwhile is set by the test."""

    def __init__(self, *events: object) -> None:
        self.events = list(events)
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += 60
        if self.events:
            event = self.events.pop(0)
            assert callable(event)
            event()

    def clock(self) -> float:
        return self.now


def search(
    target: MemoryTarget, state: DropState | None, waiting: Waiting, notes: list[str]
) -> RunSearch:
    return RunSearch(
        target.api(), lambda: state, notes.append, waiting.sleep, waiting.clock
    )


def test_an_earlier_run_of_other_files_is_not_taken(
    target: MemoryTarget, call: Client, state: DropState
) -> None:
    call.ledger.add("reviews-0123456789", status="live")
    name = run_name("reviews", state.fingerprint, 1)
    notes: list[str] = []
    waiting = Waiting(
        lambda: call.ledger.add(name, status="inspecting", started_at=LATER)
    )
    assert search(target, state, waiting, notes).find(state) == name
    assert notes == ["waiting until no more files come …"]


def test_the_same_files_again_wait_for_their_own_attempt(
    target: MemoryTarget, call: Client, state: DropState
) -> None:
    first = run_name("reviews", state.fingerprint, 1)
    second = run_name("reviews", state.fingerprint, 2)
    call.ledger.add(first, status="failed", started_at=EARLIER)
    waiting = Waiting(
        lambda: call.ledger.add(second, status="inspecting", started_at=LATER)
    )
    run = search(target, state, waiting, []).find(state, [first])
    assert run == second


def test_files_that_are_live_already_are_the_live_run(
    target: MemoryTarget, call: Client, state: DropState
) -> None:
    name = run_name("reviews", state.fingerprint, 1)
    call.ledger.add(name, status="live", started_at=EARLIER)
    assert search(target, state, Waiting(), []).find(state, [name]) == name


def test_a_run_in_the_way_is_named(
    target: MemoryTarget, call: Client, state: DropState
) -> None:
    call.ledger.add("reviews-0123456789", status="training")
    name = run_name("reviews", state.fingerprint, 1)
    notes: list[str] = []
    waiting = Waiting(
        lambda: call.ledger.add(name, status="inspecting", started_at=LATER)
    )
    assert search(target, state, waiting, notes).find(state) == name
    assert notes[1:] == [
        "reviews-0123456789 of the same model is in progress (training): these files come after it"
    ]


def test_files_that_somebody_changed_are_not_waited_for(
    target: MemoryTarget, call: Client, state: DropState
) -> None:
    other = replace(state, fingerprint="0" * 64)
    with pytest.raises(CommandError, match="somebody changed the folder meanwhile"):
        search(target, other, Waiting(), []).find(state)


def test_a_run_that_never_comes_is_an_error_with_the_place_to_look(
    target: MemoryTarget, call: Client, state: DropState
) -> None:
    with pytest.raises(CommandError, match="traindrop logs inspect"):
        search(target, state, Waiting(), []).find(state)
