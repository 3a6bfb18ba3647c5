"""Which jobs get the machine, and when."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from localcloud.processes import resident_bytes
from localcloud.sagemaker.training.machine_queue import (
    MachineQueue,
    available_bytes,
    has_memory,
)

GB = 2**30


class Memory:
    """Room for one more job, or not."""

    def __init__(self) -> None:
        self.is_free = True

    def __call__(self, pids: Iterable[int | None]) -> bool:
        return self.is_free


def test_jobs_get_the_machine_in_the_order_of_their_creation() -> None:
    queue = MachineQueue(1, Memory())
    first, second, third = (queue.new_place() for _ in range(3))
    assert [place.take() for place in (third, second, first)] == [False, False, True]
    first.leave()
    assert [place.take() for place in (third, second)] == [False, True]


def test_no_more_jobs_run_than_are_allowed_whatever_the_memory() -> None:
    queue = MachineQueue(2, Memory())
    places = [queue.new_place() for _ in range(3)]
    assert [place.take() for place in places] == [True, True, False]


def test_a_job_without_room_waits_until_there_is_some() -> None:
    memory = Memory()
    queue = MachineQueue(9, memory)
    first, second = queue.new_place(), queue.new_place()
    memory.is_free = False
    assert [first.take(), second.take()] == [True, False], "one always runs"
    memory.is_free = True
    assert second.take()


def test_a_job_that_ends_while_it_waits_does_not_hold_up_the_others() -> None:
    queue = MachineQueue(1, Memory())
    first, second = queue.new_place(), queue.new_place()
    with first:
        assert not second.take()
    assert second.take()


def test_a_job_that_lost_its_machine_comes_before_all_that_were_created_later() -> None:
    queue = MachineQueue(1, Memory())
    first, second, third = (queue.new_place() for _ in range(3))
    assert first.take()
    first.leave()
    assert second.take()
    first.join()
    second.leave()
    assert [third.take(), first.take()] == [False, True]


def test_who_has_the_machine_keeps_it() -> None:
    queue = MachineQueue(1, Memory())
    place = queue.new_place()
    assert place.take()
    place.join()
    assert place.take()
    assert queue.new_place().take() is False


@contextmanager
def waiting_process() -> Iterator[int]:
    """The number of a process that has started and does nothing more."""
    program = "print(flush=True); input()"
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", program], **pipes) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.communicate("\n")


def test_a_job_counts_with_what_it_will_take() -> None:
    def room(free_gb: float, *pids: int | None) -> bool:
        return has_memory(pids, lambda: int(free_gb * GB), job_bytes=2 * GB)

    assert [room(2), room(1.9)] == [True, False]
    assert [room(4, None), room(3.9, None)] == [True, False]
    with waiting_process() as pid:
        # It has taken some of its 2 GB already.
        taken = resident_bytes(pid) / GB
        assert 0 < taken < 1
        assert room(4 - taken / 2, pid)
        assert not room(4 - taken * 2, pid)


def test_a_process_that_has_ended_takes_nothing() -> None:
    # No process has a number so high.
    assert resident_bytes(2**31 - 1) == 0


def test_a_machine_decides_unless_a_number_is_set() -> None:
    decided = MachineQueue.of_this_machine(3, cpus=1)
    places = [decided.new_place() for _ in range(4)]
    assert [place.take() for place in places] == [True, True, True, False]


def test_the_limit_of_a_container_counts(tmp_path: Path) -> None:
    machine = psutil.virtual_memory().total
    assert 0 < available_bytes(tmp_path) <= machine
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("100\n")
    assert 0 < available_bytes(tmp_path) <= machine
    (tmp_path / "memory.max").write_text("1000\n")
    assert available_bytes(tmp_path) == 900
    (tmp_path / "memory.stat").write_text("anon 60\ninactive_file 40\n")
    assert available_bytes(tmp_path) == 940
