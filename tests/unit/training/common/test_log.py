from __future__ import annotations

import re

import pytest

from training.common import log


def test_a_line_has_the_seconds_since_the_jobs_start(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.say("Training")
    assert re.fullmatch(r"\[ *\d+\.\d s\] Training\n", capsys.readouterr().out)


def test_only_the_first_of_several_processes_speaks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RANK", "1")
    log.say("Training")
    log.say_metrics(loss=0.5)
    assert not log.is_main_process()
    assert capsys.readouterr().out == ""


def test_metrics_are_printed_as_the_platform_reads_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.say_metrics(step=3, loss=0.5)
    assert capsys.readouterr().out == "[metric] step=3 loss=0.5\n"
