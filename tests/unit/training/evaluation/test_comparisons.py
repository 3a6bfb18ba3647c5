from __future__ import annotations

from pathlib import Path

import pytest

from contracts.environment import JobVariable
from tests.integration.training.job import Job as Folder
from training.evaluation.champion import ChampionResult
from training.evaluation.comparisons import Comparisons
from training.inputs.job_inputs import Job, JobPaths


@pytest.fixture
def job(tmp_path: Path) -> Job:
    prepared = Folder.prepare(tmp_path)
    channels = {
        f"SM_CHANNEL_{name.upper()}": str(prepared.channel(name))
        for name in ("train", "test", "spec", "base")
    }
    return Job.read({}, JobPaths.read(channels))


def champion_of(job: Job) -> ChampionResult | None:
    comparisons = Comparisons(job)
    try:
        return comparisons.champion([])
    finally:
        comparisons.stop()


def test_a_first_model_has_no_champion(job: Job) -> None:
    assert champion_of(job) is None


def test_a_live_model_without_a_channel_is_not_compared_for_the_reason_that_is_given(
    job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(JobVariable.CHAMPION, "films-1")
    monkeypatch.setenv(
        JobVariable.CHAMPION_REASON, "it is of another task, translation"
    )
    sentence = "The live model was not compared: it is of another task, translation."
    assert champion_of(job) == ChampionResult("films-1", None, sentence)
    assert sentence in capsys.readouterr().out
