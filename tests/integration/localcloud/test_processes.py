"""Real small processes: started, recognised, ended, and searched for what they leave behind."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from contracts.environment import LOCAL_STATE
from localcloud import processes
from localcloud.cloud import ProcessRecord
from localcloud.processes import (
    PartDiedError,
    StopResult,
    end_leftovers,
    find,
    free_port,
    is_listening,
    owned_processes,
    stop,
)

PATIENT = "import time; time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('ready', flush=True); time.sleep(60)"
)
PARENT = (
    "import subprocess, sys, time; "
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True); "
    "print('ready', flush=True); time.sleep(60)"
)

Start = Callable[..., ProcessRecord]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    def run(code: str, name: str = "part", state: Path | None = None) -> ProcessRecord:
        environment = {
            "PATH": os.environ["PATH"],
            LOCAL_STATE: str(state or tmp_path / "state"),
        }
        return processes.start(
            [sys.executable, "-c", code],
            environment,
            tmp_path / f"{name}.log",
            tmp_path,
        )

    yield run
    end_leftovers(tmp_path)


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ready(path: Path) -> bool:
    return path.exists() and "ready" in path.read_text()


def test_a_started_process_is_found_and_leads_a_session_of_its_own(
    start: Start,
) -> None:
    record = start(PATIENT)
    assert find(record) is not None
    assert os.getsid(record.pid) == record.pid


def test_another_process_under_the_same_pid_is_not_found(start: Start) -> None:
    record = start(PATIENT)
    assert find(ProcessRecord(record.pid, record.created - 100)) is None


def test_a_process_that_ended_is_not_found_though_nobody_waited_for_it(
    start: Start,
) -> None:
    record = start("pass")
    until(lambda: find(record) is None)


def test_what_a_process_prints_is_in_its_log_and_no_terminal_is_its_input(
    start: Start, tmp_path: Path
) -> None:
    record = start(
        "import sys; print('out', sys.stdin.read()); print('err', file=sys.stderr)"
    )
    until(lambda: find(record) is None)
    assert set((tmp_path / "part.log").read_text().split()) == {"out", "err"}


def test_stopping_ends_the_parts_and_names_them(start: Start, tmp_path: Path) -> None:
    records = {"a": start(PATIENT), "b": start(PATIENT)}
    assert stop(records, ("b", "a"), tmp_path / "state") == StopResult(
        ("b", "a"), (), 0
    )
    assert owned_processes(tmp_path / "state") == []


def test_a_part_that_ignores_the_request_is_killed_after_the_grace(
    start: Start, tmp_path: Path
) -> None:
    record = start(STUBBORN)
    until(lambda: ready(tmp_path / "part.log"))
    assert stop({"a": record}, ("a",), tmp_path / "state", grace=0.2).killed == ("a",)
    assert find(record) is None


def test_a_child_that_left_the_session_is_ended_with_its_parent(
    start: Start, tmp_path: Path
) -> None:
    record = start(PARENT)
    until(lambda: ready(tmp_path / "part.log"))
    assert len(owned_processes(tmp_path / "state")) == 2
    assert stop({"a": record}, ("a",), tmp_path / "state").leftovers == 1
    assert owned_processes(tmp_path / "state") == []


def test_an_orphan_of_a_killed_part_is_found_by_its_marker(
    start: Start, tmp_path: Path
) -> None:
    record = start(PARENT)
    until(lambda: ready(tmp_path / "part.log"))
    psutil.Process(record.pid).kill()
    until(lambda: find(record) is None)
    assert end_leftovers(tmp_path / "state") == 1
    assert owned_processes(tmp_path / "state") == []


def test_leftovers_are_found_with_their_descendants_and_ended(
    start: Start, tmp_path: Path
) -> None:
    start(PARENT)
    until(lambda: ready(tmp_path / "part.log"))
    assert end_leftovers(tmp_path / "state") == 2
    assert owned_processes(tmp_path / "state") == []


def test_a_part_that_is_kept_keeps_its_children(start: Start, tmp_path: Path) -> None:
    kept, orphaned = start(PARENT, "kept"), start(PATIENT, "other")
    until(lambda: ready(tmp_path / "kept.log"))
    assert end_leftovers(tmp_path / "state", keep=[kept]) == 1
    assert find(orphaned) is None
    assert len(owned_processes(tmp_path / "state")) == 2


def test_a_process_of_another_state_directory_is_left_alone(
    start: Start, tmp_path: Path
) -> None:
    other = start(PATIENT, state=tmp_path / "state-of-another")
    assert end_leftovers(tmp_path / "state") == 0
    assert find(other) is not None


def test_this_command_is_no_leftover_whatever_its_environment_says(
    tmp_path: Path,
) -> None:
    imports = (
        "from pathlib import Path; from localcloud.processes import owned_processes"
    )
    code = f"{imports}; print(owned_processes(Path({str(tmp_path)!r})))"
    record = processes.start(
        [sys.executable, "-c", code],
        os.environ | {LOCAL_STATE: str(tmp_path)},
        tmp_path / "log",
        Path.cwd(),
    )
    until(lambda: find(record) is None)
    assert (tmp_path / "log").read_text() == "[]\n"


def test_a_part_that_dies_while_starting_is_reported_with_the_end_of_its_log(
    start: Start, tmp_path: Path
) -> None:
    record = start("raise SystemExit('no room')")
    with pytest.raises(
        PartDiedError,
        match=r"(?s)engine ended while starting. The end of .*part.log:\nno room",
    ):
        processes.wait_until_ready(
            lambda: False, record, "engine", tmp_path / "part.log"
        )


def test_a_part_that_never_answers_is_reported(start: Start, tmp_path: Path) -> None:
    with pytest.raises(PartDiedError, match="engine did not answer within 0 s"):
        processes.wait_until_ready(
            lambda: False, start(PATIENT), "engine", tmp_path / "part.log", timeout=0.1
        )


def test_the_port_of_last_time_is_taken_again_if_it_is_free() -> None:
    port = free_port()
    assert free_port(port) == port


def test_another_port_is_taken_where_the_last_one_is_not_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert is_listening(port)
        assert free_port(port) != port
