"""A search by real trainings of a tiny model, stopped in its second trial."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.spec import Search
from tasks import get_task
from tests.integration.training.forms import TRIALS
from tests.integration.training.resuming import Broken, Training
from tests.integration.training.running import as_a_process
from training.common.errors import Interrupted
from training.fine_tuning.checkpoints import StopSignal
from training.inputs.job_inputs import Job, JobPaths
from training.search.search import search
from training.search.trial_log import FILE_NAME

SEARCH = Search(trials=3)
STEPS = 9
"""Of the first trial, of 36 rows in batches of 4."""
SETTINGS = {
    "train_batch_size": 4,
    "min_steps": 0,
    "epochs": 1,
    "learning_rate": 1e-3,
    "max_length": 32,
}


def read_job(folder: Path) -> Job:
    names = ("model", "output", "checkpoints", "failure")
    channels = {name: folder / name for name in ("train", "test", "spec", "base")}
    paths = JobPaths(*(folder / name for name in names), **channels)
    return Job.read(SETTINGS, paths)


def test_a_search_that_is_told_to_stop_goes_on_with_the_trial_it_was_in(
    tmp_path: Path,
) -> None:
    name = "text-classification"
    training = Training(tmp_path, get_task(name), TRIALS[name], validation=False)
    job = read_job(training.prepared().folder)
    kept = job.paths.checkpoints / FILE_NAME
    with as_a_process():
        stop = StopSignal()
        stop.listen()
        with Broken(STEPS + 2, by="term").applied(), pytest.raises(Interrupted):
            search(job, SEARCH, stop)
        assert kept.read_text("utf-8").count('"value"') == 1
        result = search(job, SEARCH, StopSignal())
        again = search(job, SEARCH, StopSignal())
    assert result.facts is not None
    assert len(result.facts.trials) == 3
    assert all(trial.value is not None for trial in result.facts.trials)
    assert again.facts == result.facts
    assert again.job.arguments == result.job.arguments
