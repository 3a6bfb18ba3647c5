from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.sagemaker.common.state import Settings
from localcloud.sagemaker.hosting.cold_start import ColdStart


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_first_request_waits_for_the_model(clock: Clock) -> None:
    assert ColdStart(40, None, clock).delay_seconds() == 40


def test_requests_that_come_meanwhile_wait_for_the_same_model(clock: Clock) -> None:
    cold = ColdStart(40, None, clock)
    cold.delay_seconds()
    clock.now += 26
    assert cold.delay_seconds() == pytest.approx(14)
    clock.now += 14
    assert cold.delay_seconds() == 0


def test_a_serverless_variant_is_cold_again_after_a_while_without_requests(
    clock: Clock,
) -> None:
    cold = ColdStart(40, 300, clock)
    cold.delay_seconds()
    clock.now += 340
    assert cold.delay_seconds() == 0
    clock.now += 301
    assert cold.delay_seconds() == 40


def test_instances_stay_warm(clock: Clock) -> None:
    settings = Settings(Path(), cold_start=40)
    cold = ColdStart.of_variant(settings, is_serverless=False)
    cold.delay_seconds()
    assert cold._idle_seconds is None
    assert ColdStart.of_variant(settings, is_serverless=True)._idle_seconds == 300


def test_without_the_option_nobody_waits(clock: Clock) -> None:
    cold = ColdStart.of_variant(Settings(Path()), is_serverless=True)
    assert cold.delay_seconds() == 0
