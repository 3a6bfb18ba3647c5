from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from functions.adapters.leases import Leases
from functions.sweep.turn import (
    LEASE_SECONDS,
    MAX_WAIT_SECONDS,
    POLL_SECONDS,
    RENEW_AFTER_SECONDS,
    SWEEP,
    Turn,
    TurnLostError,
)
from tests.chaos.table import call_directly, in_process_table
from tests.unit.functions.fakes import NOW, STACK
from tests.unit.stack import template


class Clock:
    """Time passes only where somebody waits; `meanwhile` is what others do then."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.meanwhile: Callable[[], object] = lambda: None

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def wait(self, seconds: float) -> None:
        self.seconds += seconds
        self.meanwhile()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def leases(clock: Clock) -> Leases:
    table = in_process_table().open(call_directly, [])
    return Leases(table, STACK, clock.now, clock.wait)


def test_a_turn_that_was_given_back_is_free_at_once(leases: Leases) -> None:
    first = Turn(leases)
    assert first.take()
    first.end()
    assert leases.take(SWEEP, "another", 1)


def test_the_second_waits_for_the_first(clock: Clock, leases: Leases) -> None:
    first = Turn(leases)
    assert first.take()
    clock.meanwhile = first.end
    assert Turn(leases).take()
    assert clock.seconds == POLL_SECONDS


def test_the_third_leaves_it_to_the_second(clock: Clock, leases: Leases) -> None:
    first = Turn(leases)
    third: list[bool] = []
    assert first.take()

    def meanwhile() -> None:
        if not third:
            third.append(Turn(leases).take())
        else:
            first.end()

    clock.meanwhile = meanwhile
    assert Turn(leases).take()
    assert third == [False]


def test_somebody_may_wait_again_once_the_second_sweeps(
    clock: Clock, leases: Leases
) -> None:
    first, second, third = Turn(leases), Turn(leases), Turn(leases)
    assert first.take()
    clock.meanwhile = first.end
    assert second.take()
    clock.meanwhile = second.end
    assert third.take()


def test_a_sweep_that_died_is_in_the_way_until_its_lease_ends(
    clock: Clock, leases: Leases
) -> None:
    assert Turn(leases).take()
    assert Turn(leases).take()
    assert LEASE_SECONDS < clock.seconds <= LEASE_SECONDS + 2 * POLL_SECONDS


def test_a_sweep_that_lives_keeps_its_turn(clock: Clock, leases: Leases) -> None:
    first = Turn(leases)
    assert first.take()
    clock.meanwhile = first.keep
    assert not Turn(leases).take()
    assert clock.seconds == MAX_WAIT_SECONDS


def test_a_sweep_that_hung_does_nothing_more(clock: Clock, leases: Leases) -> None:
    hung, other = Turn(leases), Turn(leases)
    assert hung.take()
    clock.seconds += LEASE_SECONDS + 1
    assert other.take()
    expected = "expected this sweep to hold the lease; found that another took it over"
    with pytest.raises(TurnLostError, match=expected):
        hung.keep()
    hung.end()
    clock.seconds += RENEW_AFTER_SECONDS
    other.keep()


def test_who_waits_has_time_left_to_sweep() -> None:
    seconds = template.functions()["SweepFunction"]["Timeout"]
    assert seconds >= MAX_WAIT_SECONDS + LEASE_SECONDS
