from __future__ import annotations

import sys
from pathlib import Path

import pytest

from localcloud.errors import command_line, tail


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
