from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.training.job import Job as Folder
from training.evaluation.champion import REASON, RUN, Champion
from training.evaluation.comparisons import Rivals
from training.inputs import Places
from training.job import Job


@pytest.fixture
def job(tmp_path: Path) -> Job:
    prepared = Folder.prepare(tmp_path)
    channels = {f"SM_CHANNEL_{name.upper()}": str(prepared.channel(name)) for name in ("train", "test", "spec", "base")}
    return Job.read({}, Places.read(channels))


def champion_of(job: Job) -> Champion | None:
    rivals = Rivals(job, {})
    try:
        return rivals.champion([])
    finally:
        rivals.stop()


def test_a_first_model_has_no_champion(job: Job) -> None:
    assert champion_of(job) is None


def test_a_live_model_without_a_channel_is_not_compared_for_the_reason_that_is_given(
    job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(RUN, "films-1")
    monkeypatch.setenv(REASON, "it is of another task, translation")
    sentence = "The live model was not compared: it is of another task, translation."
    assert champion_of(job) == Champion("films-1", None, sentence)
    assert sentence in capsys.readouterr().out
