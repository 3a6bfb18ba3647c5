from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from training.common.side_process import (
    LOW_PRIORITY,
    FailedError,
    SideProcess,
    TimedOutError,
)

ANSWERS = """
import sys
from pathlib import Path
from training.common.side_process import read_request, write_answer
folder = Path(sys.argv[-1])
write_answer(folder, {"doubled": read_request(folder)["number"] * 2, "cwd": str(Path.cwd())})
"""


def run(script: str, request: object = None, **options: object) -> SideProcess:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)
    }
    return SideProcess("test", ["-c", script], request, environment, **options)  # type: ignore[arg-type]


def test_a_request_is_answered_in_the_folder_of_the_process() -> None:
    process = run(ANSWERS, {"number": 21})
    process.wait(60)
    assert process.read_answer() == {"doubled": 42, "cwd": str(process.folder)}
    process.stop()
    assert not process.folder.exists()


def test_a_process_may_work_elsewhere(tmp_path: Path) -> None:
    process = run(ANSWERS, {"number": 1}, working_directory=tmp_path)
    process.wait(60)
    assert process.read_answer()["cwd"] == str(tmp_path)
    process.stop()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import sys; sys.exit('no rows\\nno labels')", "no labels"),
        ("import os; os._exit(3)", "exit code 3"),
    ],
)
def test_a_failure_is_the_last_line_of_the_errors_or_the_exit_code(
    script: str, message: str
) -> None:
    process = run(script)
    with pytest.raises(FailedError, match=f"^{message}$"):
        process.wait(60)
    process.stop()


def test_a_process_that_takes_too_long_is_ended_by_stop() -> None:
    process = run("import time; time.sleep(600)")
    with pytest.raises(TimedOutError, match=r"^it was not done within 0 s$"):
        process.wait(0.1)
    process.stop()
    process.stop()
    assert not process.folder.exists()


def test_standard_input_that_is_held_closes_with_stop() -> None:
    process = run("import sys; sys.stdin.read(); sys.exit('closed')", holds_input=True)
    with pytest.raises(TimedOutError):
        process.wait(0.5)
    process.stop()


WAITS_FOR_PRIORITY = """
import os, sys, time
from pathlib import Path
from training.common.side_process import LOW_PRIORITY
low = os.nice(LOW_PRIORITY)
Path("low").touch()
while os.nice(0) == low:
    time.sleep(0.01)
sys.exit(str(low - os.nice(0)))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may raise a priority")
def test_a_process_that_is_waited_for_has_the_priority_of_the_job() -> None:
    process = run(WAITS_FOR_PRIORITY)
    while not (process.folder / "low").exists():
        time.sleep(0.01)
    with pytest.raises(FailedError, match=f"^{LOW_PRIORITY}$"):
        process.wait(60)
    process.stop()


def test_who_may_not_raise_a_priority_waits_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)
    process = run(ANSWERS, {"number": 2})
    process.wait(60)
    assert process.read_answer()["doubled"] == 4
    process.stop()
