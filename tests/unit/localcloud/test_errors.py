from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from localcloud.errors import check_room, command_line, disk_text, stated_reason, tail


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("one\ntwo\nthree\n")
    assert tail(log, 2) == "two\nthree"


def test_a_log_that_was_never_written_has_a_tail_that_says_so(tmp_path: Path) -> None:
    assert tail(tmp_path / "log") == "(no log was written)"


def test_a_command_is_shown_from_the_working_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv/bin/python"))
    assert command_line("up") == ".venv/bin/python -m localcloud up"
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3")
    assert command_line("up") == "/usr/bin/python3 -m localcloud up"


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "Make room there"),
        (errno.EDQUOT, "Make room there"),
        (errno.EROFS, "Make it writable, or choose another folder with --state"),
        (errno.EACCES, "Make it writable, or choose another folder with --state"),
    ],
)
def test_a_disk_that_takes_nothing_is_one_sentence(number: int, advice: str) -> None:
    text = disk_text(Path("/state"), OSError(number, os.strerror(number), "/state/a"))
    assert text == (
        f"expected to write to /state; found: {os.strerror(number)} (/state/a). {advice}, and start again."
    )


def test_another_error_is_not_one_of_the_disk() -> None:
    with pytest.raises(ConnectionError):
        disk_text(Path("/state"), ConnectionResetError(errno.ECONNRESET, "reset"))


def test_room_is_looked_for_and_given_back(tmp_path: Path) -> None:
    check_room(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".room").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        check_room(tmp_path)


def test_a_part_may_state_why_it_ended(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("earlier\nlocalcloud.engine: expected a port\n")
    assert stated_reason(log) == "localcloud.engine: expected a port"
    log.write_text("Traceback\nValueError: no\n")
    assert stated_reason(log) is None
