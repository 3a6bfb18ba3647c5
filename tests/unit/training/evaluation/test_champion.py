"""Comparisons that cannot be made; those that can, a job of every form makes with itself."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from contracts.changes import Changes
from contracts.environment import JobVariable
from contracts.locations import MODEL_ARCHIVE
from contracts.spec import Spec
from tasks import Row, get_task
from tasks.hyperparameters import Hyperparameters
from tests.integration.training.forms import TRIALS
from training.evaluation.champion import ChampionComparison, ChampionResult
from training.inputs.job_inputs import Job, JobPaths
from training.recipes import recipe_of

ROWS: list[Row] = [
    {"text": "good film", "label": "positive"},
    {"text": "bad film", "label": "negative"},
]
SERVICE = """
class Reply:
    def __init__(self, status, body):
        self.status, self.body = status, body

class Call:
    def __init__(self, body):
        self.body = body
"""


def archive_of(channel: Path, labels: list[str], answer: str) -> Path:
    """An archive with code that answers each request by `answer`, an expression."""
    package = channel / "model" / "code" / "traindrop"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "service.py").write_text(SERVICE)
    (package / "archive.py").write_text(
        "import json\nfrom .service import Reply\nclass Service:\n"
        f"    def respond_many(self, calls):\n        return [{answer} for call in calls]\n"
        "def load(folder, dedicated):\n    return Service()\n"
    )
    (channel / "model" / "config.json").write_text(
        json.dumps({"id2label": dict(enumerate(labels))})
    )
    with tarfile.open(channel / MODEL_ARCHIVE, "w:gz") as archive:
        archive.add(channel / "model", ".")
    return channel


def compare(channel: Path) -> ChampionResult:
    paths = JobPaths(channel, channel, channel, channel, test=channel, champion=channel)
    recipe = recipe_of(get_task("text-classification"), ["negative", "positive"])
    job = Job(
        {},
        Hyperparameters(),
        paths,
        Spec(),
        recipe,
        "base",
        train=[],
        test=ROWS,
        validation=[],
    )
    return ChampionComparison(job).result([np.array([0.0, 1.0])] * len(ROWS))


def test_the_archives_own_code_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(JobVariable.CHAMPION, "films-1")
    answer = """Reply(200, b'[{"label": "positive", "score": 0.9}]')"""
    actual = compare(archive_of(tmp_path, ["positive", "negative"], answer))
    assert (actual.run, actual.reason, actual.name) == (
        "films-1",
        "",
        "the live model (films-1)",
    )
    assert actual.sums is not None
    assert actual.sums.metrics()["accuracy"] == 0.5
    assert actual.changes == Changes(0, 0, both_wrong=1)


NOT = "The live model was not compared: "


@pytest.mark.parametrize(
    ("labels", "answer", "reason"),
    [
        (["bad", "good"], "None", "its labels are others: 'bad', 'good'."),
        (
            ["negative", "positive"],
            "Reply(400, b'no')",
            "it answers row 0 with 400: no.",
        ),
        (
            ["negative", "positive"],
            "Reply(200, b'7')",
            "its answers are not those of the task (TypeError: 'int' object is not subscriptable).",
        ),
        (
            ["negative", "positive"],
            "1 / 0",
            "its archive does not serve here (ZeroDivisionError: division by zero).",
        ),
    ],
)
def test_a_champion_that_cannot_be_compared_says_why(
    labels: list[str],
    answer: str,
    reason: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    actual = compare(archive_of(tmp_path, labels, answer))
    assert (actual.sums, actual.reason) == (None, NOT + reason)
    assert actual.reason in capsys.readouterr().out


def test_a_broken_archive_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / MODEL_ARCHIVE).write_bytes(b"no archive")
    assert compare(tmp_path).reason == f"{NOT}its archive is damaged (ReadError)."


@pytest.mark.parametrize(
    "name", sorted(name for name in TRIALS if "text-generation" not in name)
)
def test_an_answer_of_another_task_is_not_taken_for_one(name: str) -> None:
    task, _, variant = name.partition("/")
    trial = TRIALS[name]
    recipe = recipe_of(get_task(task, variant), trial.labels)
    if recipe.served.evaluation_requests(trial.rows(2, 1)) is None:
        with pytest.raises(NotImplementedError):
            recipe.served.parse_response([{}])
    else:
        with pytest.raises((LookupError, TypeError, ValueError)):
            recipe.served.parse_response([{"another": 1}])
