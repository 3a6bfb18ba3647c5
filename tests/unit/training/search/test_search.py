from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from contracts.spec import Search
from tasks import Row
from training.common.errors import DivergedError, HyperparameterError, Interrupted
from training.fine_tuning.checkpoints import StopSignal
from training.inputs.job_inputs import Job, JobPaths
from training.search.search import require_one_process, search_by
from training.search.validation_part import Parts

SEARCH = Search(trials=4, base_models=("org/other",))


def rows(count: int) -> list[Row]:
    return [{"text": f"text {n}", "label": "ab"[n % 2]} for n in range(count)]


def write_rows(folder: Path, count: int) -> Path:
    folder.mkdir()
    lines = "".join(json.dumps(row) + "\n" for row in rows(count))
    (folder / "rows.jsonl").write_text(lines, "utf-8")
    return folder


@pytest.fixture
def job(tmp_path: Path) -> Job:
    base = tmp_path / "base"
    base.mkdir()
    (base / "config.json").write_text("{}", "utf-8")
    places = (tmp_path / name for name in ("model", "output", "checkpoints", "failure"))
    channels = {
        "train": write_rows(tmp_path / "train", 50),
        "test": write_rows(tmp_path / "test", 4),
        "base": base,
    }
    return Job.read({"learning_rate": 1e-4}, JobPaths(*places, **channels))


class Trainings:
    """In place of trainings: each gives the next of `values`, or raises it."""

    def __init__(self, *values: float | Exception) -> None:
        self.values = list(values)
        self.jobs: list[Job] = []
        self.parts: list[Parts] = []

    def __call__(self, job: Job, parts: Parts) -> float:
        self.jobs.append(job)
        self.parts.append(parts)
        value = self.values[len(self.jobs) - 1]
        if isinstance(value, Exception):
            raise value
        return value


def test_the_best_trials_arguments_are_those_of_the_job(job: Job) -> None:
    trainings = Trainings(0.5, 0.7, 0.9, 0.8)
    result = search_by(trainings, job, SEARCH, StopSignal())
    assert result.facts is not None
    assert (result.facts.best, len(result.facts.trials)) == (2, 4)
    taken = result.facts.trials[2]
    assert result.job.arguments.learning_rate == taken.learning_rate
    assert result.job.train == job.train
    assert result.job.paths.checkpoints == job.paths.checkpoints


def test_trials_see_neither_the_held_out_rows_nor_those_they_are_judged_by(
    job: Job,
) -> None:
    trainings = Trainings(0.5, 0.7, 0.9, 0.8)
    search_by(trainings, job, SEARCH, StopSignal())
    for trial, parts in zip(trainings.jobs, trainings.parts, strict=True):
        assert len(trial.train) == 40
        assert len(parts.validation) == 10
        learnt = {row["text"] for row in trial.train}
        assert not learnt & {row["text"] for row in parts.validation}
        assert trial.paths.checkpoints != job.paths.checkpoints


def test_another_base_model_comes_from_the_hub(job: Job) -> None:
    trainings = Trainings(0.5, 0.7, 0.9, 0.8)
    result = search_by(trainings, job, SEARCH, StopSignal())
    bases = {trial.base for trial in trainings.jobs}
    assert bases == {job.base, "org/other"}
    assert result.facts is not None
    others = [
        number
        for number, trial in enumerate(result.facts.trials)
        if trial.base_model == "org/other"
    ]
    assert [trainings.jobs[number].paths.base for number in others] == [None] * len(
        others
    )


def test_the_first_of_equals_is_taken_and_what_is_no_number_never(job: Job) -> None:
    trainings = Trainings(math.nan, 0.7, 0.7, -1.0)
    facts = search_by(trainings, job, SEARCH, StopSignal()).facts
    assert facts is not None
    assert facts.best == 1


def test_a_trial_that_fails_is_told_and_the_next_begins(job: Job) -> None:
    trainings = Trainings(0.5, DivergedError("the training diverged"), 0.6, 0.4)
    facts = search_by(trainings, job, SEARCH, StopSignal()).facts
    assert facts is not None
    failed = facts.trials[1]
    assert (failed.value, failed.reason) == (None, "the training diverged")
    assert facts.best == 2


def test_where_all_fail_the_job_is_trained_as_it_was(job: Job) -> None:
    trainings = Trainings(*(DivergedError("no") for _ in range(4)))
    result = search_by(trainings, job, SEARCH, StopSignal())
    assert result.job is job
    assert result.facts is not None
    assert result.facts.best is None


def test_no_trial_is_begun_that_would_end_beyond_the_budget(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter(range(0, 10_000, 50))
    monkeypatch.setattr("training.search.search.time.monotonic", lambda: next(moments))
    search = Search(trials=4, budget_minutes=2)
    facts = search_by(Trainings(0.1, 0.2, 0.3, 0.4), job, search, StopSignal()).facts
    assert facts is not None
    assert len(facts.trials) == 2
    assert facts.reason == (
        "Another trial would have taken longer than budget_minutes (2) allows."
    )


def test_an_interrupted_search_goes_on_after_the_trials_that_are_done(
    job: Job,
) -> None:
    stop = StopSignal()
    trainings = Trainings(0.5, 0.9, 0.1, 0.1)

    def stopped_in_the_second(trial: Job, parts: Parts) -> float:
        value = trainings(trial, parts)
        stop.received = len(trainings.jobs) == 2
        return value

    with pytest.raises(Interrupted):
        search_by(stopped_in_the_second, job, SEARCH, stop)
    assert len(trainings.jobs) == 2
    result = search_by(trainings, job, SEARCH, StopSignal())
    assert len(trainings.jobs) == 4
    assert result.facts is not None
    assert [trial.value for trial in result.facts.trials] == [0.5, 0.9, 0.1, 0.1]
    assert result.facts.best == 1


def test_a_job_of_several_processes_is_refused() -> None:
    require_one_process(1)
    with pytest.raises(HyperparameterError, match="one process; found 4, one a GPU"):
        require_one_process(4)
