"""Contests that are not to be had; those that are, a job of every form holds with itself."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from tasks import Row, get_task
from tests.integration.training.forms import TRIALS
from training.evaluation.champion import ARCHIVE, RUN, Champion, ChampionRun
from training.recipes import recipe_of

RECIPE = recipe_of(get_task("text-classification"))
ROWS: list[Row] = [{"text": "good film", "label": "positive"}, {"text": "bad film", "label": "negative"}]
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
    (channel / "model" / "config.json").write_text(json.dumps({"id2label": dict(enumerate(labels))}))
    with tarfile.open(channel / ARCHIVE, "w:gz") as archive:
        archive.add(channel / "model", ".")
    return channel


def contest(channel: Path) -> Champion:
    labels = ["negative", "positive"]
    return ChampionRun(channel, RECIPE, labels, test=channel, rows=ROWS, arguments={}).result([])


def test_the_archives_own_code_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUN, "films-1")
    answer = """Reply(200, b'[{"label": "positive", "score": 0.9}]')"""
    found = contest(archive_of(tmp_path, ["positive", "negative"], answer))
    assert (found.run, found.reason, found.name) == ("films-1", "", "the live model (films-1)")
    assert found.tally is not None
    assert found.tally.metrics()["accuracy"] == 0.5


NOT = "The live model was not compared: "


@pytest.mark.parametrize(
    ("labels", "answer", "reason"),
    [
        (["bad", "good"], "None", "its labels are others: 'bad', 'good'."),
        (["negative", "positive"], "Reply(400, b'no')", "it answers row 0 with 400: no."),
        (
            ["negative", "positive"],
            "Reply(200, b'7')",
            "its answers are not those of the task (TypeError: 'int' object is not subscriptable).",
        ),
        (["negative", "positive"], "1 / 0", "its archive does not serve here (ZeroDivisionError: division by zero)."),
    ],
)
def test_a_champion_that_cannot_be_compared_says_why(
    labels: list[str], answer: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = contest(archive_of(tmp_path, labels, answer))
    assert (found.tally, found.reason) == (None, NOT + reason)
    assert found.reason in capsys.readouterr().out


def test_a_broken_archive_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / ARCHIVE).write_bytes(b"no archive")
    assert contest(tmp_path).reason == f"{NOT}its archive is damaged (ReadError)."


@pytest.mark.parametrize("name", sorted(name for name in TRIALS if "text-generation" not in name))
def test_an_answer_of_another_task_is_not_taken_for_one(name: str) -> None:
    task, _, variant = name.partition("/")
    recipe, trial = recipe_of(get_task(task, variant)), TRIALS[name]
    if recipe.questions(trial.rows(2, 1)) is None:
        with pytest.raises(NotImplementedError):
            recipe.heard([{}], trial.labels)
    else:
        with pytest.raises((LookupError, TypeError, ValueError)):
            recipe.heard([{"another": 1}], trial.labels)
