"""Two commands on one state directory."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from localcloud.cloud import exclusive


def test_a_second_command_says_that_it_waits_and_goes_on_when_the_first_is_done(
    tmp_path: Path,
) -> None:
    times: list[float] = []
    with exclusive(tmp_path):
        second = threading.Thread(target=_hold, args=(tmp_path, times))
        second.start()
        time.sleep(0.2)
        released = time.monotonic()
    second.join(5)
    waited, entered = times
    assert waited < released <= entered


def _hold(state: Path, times: list[float]) -> None:
    with exclusive(state, lambda: times.append(time.monotonic())):
        times.append(time.monotonic())
