from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.integration.training.job import Job
from tests.integration.training.trial import Trial


@dataclass(frozen=True)
class EndedJob:
    job: Job
    code: int
    output: str
    errors: str


@pytest.fixture(scope="session")
def ended(tmp_path_factory: pytest.TempPathFactory) -> EndedJob:
    """A job that ran to its end, with nothing but the defaults."""
    job = Job.prepare(tmp_path_factory.mktemp("job"))
    done = job.run("--learning_rate", '"0.0002"', "--task", "text-classification")
    return EndedJob(job, done.returncode, done.stdout, done.stderr)


@pytest.fixture
def trial(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Trial:
    return Trial(capfd, monkeypatch)
