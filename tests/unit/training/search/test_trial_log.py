from __future__ import annotations

from pathlib import Path

import pytest

from contracts.evaluation import Trial
from training.search.trial_log import FILE_NAME, TrialLog

MARKS = {"data": "a"}
GOOD = Trial(1e-4, 1, "org/base", 2.5, value=0.5)
FAILED = Trial(1e-2, 1, "org/base", 1.5, reason="diverged")


def test_trials_are_read_back_in_their_order(tmp_path: Path) -> None:
    log = TrialLog(tmp_path / "checkpoints", MARKS)
    assert log.trials == ()
    log.add(GOOD)
    log.add(FAILED)
    again = TrialLog(tmp_path / "checkpoints", MARKS)
    assert again.trials == (GOOD, FAILED)
    assert again.seconds == 4.0


def test_the_trials_of_another_search_are_not_read(tmp_path: Path) -> None:
    TrialLog(tmp_path, MARKS).add(GOOD)
    assert TrialLog(tmp_path, {"data": "b"}).trials == ()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"fingerprint": {"data": "a"}}'])
def test_a_damaged_file_is_no_file(content: str, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(content, "utf-8")
    assert TrialLog(tmp_path, MARKS).trials == ()
