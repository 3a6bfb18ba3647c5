"""A training that collapses starts again at a third of the rate, at most twice, also on another machine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.evaluation import Collapse, TrainingFacts
from tasks.hyperparameters import Hyperparameters
from training.common.errors import CollapsedError, Interrupted
from training.fine_tuning.checkpoints import StopSignal
from training.fine_tuning.fine_tune import TrainedModel, fine_tune
from training.fine_tuning.restarts import FILE_NAME, Restarts, train_with_restarts
from training.inputs.job_inputs import Job, JobPaths

ARGUMENTS = Hyperparameters(learning_rate=9e-4)
MARKS = {"hyperparameters": "1", "data": "2", "base model": "3"}
REASON = "lost what it had learnt"


class Trainings:
    """Records the rates, and collapses at those above `bearable`."""

    def __init__(self, bearable: float) -> None:
        self.bearable = bearable
        self.rates: list[float] = []

    def __call__(self, arguments: Hyperparameters, may_collapse: bool) -> float:
        self.rates.append(arguments.learning_rate)
        if may_collapse and arguments.learning_rate > self.bearable:
            raise CollapsedError(REASON, 40)
        return arguments.learning_rate


@pytest.mark.parametrize(
    ("bearable", "rates"),
    [
        (1e-3, [9e-4]),
        (4e-4, [9e-4, 3e-4]),
        (2e-4, [9e-4, 3e-4, 1e-4]),
        (0, [9e-4, 3e-4, 1e-4]),
    ],
)
def test_the_rate_is_lowered_until_it_is_borne(
    tmp_path: Path, bearable: float, rates: list[float]
) -> None:
    trainings, restarts = Trainings(bearable), Restarts(tmp_path, MARKS)
    trained = train_with_restarts(trainings, ARGUMENTS, restarts)
    assert trainings.rates == pytest.approx(rates)
    assert trained == pytest.approx(rates[-1])
    assert [collapse.learning_rate for collapse in restarts.collapses] == pytest.approx(
        rates[:-1]
    )


def test_a_collapse_is_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train_with_restarts(Trainings(4e-4), ARGUMENTS, Restarts(tmp_path, MARKS))
    printed = capsys.readouterr().out
    assert (
        "The training collapsed: at step 40, at learning_rate 0.0009, it lost what it had learnt. It starts again"
        in printed
    )
    assert "Training at learning_rate 0.0003, a third of the rate before" in printed


def test_a_job_that_resumes_keeps_the_lowered_rate(tmp_path: Path) -> None:
    def interrupted(arguments: Hyperparameters, may_collapse: bool) -> None:
        if arguments.learning_rate > 5e-4:
            raise CollapsedError(REASON, 40)
        raise Interrupted

    with pytest.raises(Interrupted):
        train_with_restarts(interrupted, ARGUMENTS, Restarts(tmp_path, MARKS))
    trainings = Trainings(5e-4)
    restarts = Restarts(tmp_path, MARKS)
    train_with_restarts(trainings, ARGUMENTS, restarts)
    assert trainings.rates == pytest.approx([3e-4])
    assert restarts.collapses == (Collapse(learning_rate=9e-4, step=40, reason=REASON),)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"fingerprint": {}}',
        json.dumps({"fingerprint": MARKS | {"data": "other"}, "collapses": []}),
        json.dumps({"fingerprint": MARKS, "collapses": [{"learning_rate": "high"}]}),
        json.dumps({"fingerprint": MARKS, "collapses": 3}),
    ],
)
def test_a_file_of_another_training_or_a_damaged_one_counts_for_nothing(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / FILE_NAME).write_text(content, "utf-8")
    assert Restarts(tmp_path, MARKS).collapses == ()


def test_the_facts_have_the_collapses_and_the_rate(tmp_path: Path) -> None:
    restarts, facts = Restarts(tmp_path, MARKS), TrainingFacts(rows=3)
    assert restarts.facts(facts, ARGUMENTS) == facts
    restarts.add(Collapse(learning_rate=9e-4, step=40, reason=REASON))
    lowered = restarts.lowered(ARGUMENTS)
    assert lowered.learning_rate == pytest.approx(3e-4)
    assert restarts.facts(facts, lowered) == replace(
        facts,
        learning_rate=lowered.learning_rate,
        collapses=(Collapse(learning_rate=9e-4, step=40, reason=REASON),),
    )


def trained_job(folder: Path, base: Path, learning_rate: float) -> TrainedModel:
    """Of 96 rows, whose labels one word tells."""
    words = {"positive": "good great lovely", "negative": "bad awful dull"}
    rows = []
    for number in range(96):
        label = "positive" if number % 2 else "negative"
        word = words[label].split()[number % 3]
        rows.append(
            json.dumps({"text": f"the film was {word} {number}", "label": label}) + "\n"
        )
    spec = {
        "task": "text-classification",
        "labels": list(words),
        "hyperparameters": {
            "learning_rate": learning_rate,
            "train_batch_size": 8,
            "epochs": 6,
            "min_steps": 0,
        },
    }
    paths = JobPaths(
        model=folder / "model",
        output_data=folder / "output",
        checkpoints=folder / "checkpoints",
        failure=folder / "failure",
        train=folder / "train",
        test=folder / "train",
        spec=folder / "spec",
        base=base,
    )
    for name in ("train", "spec"):
        (folder / name).mkdir(parents=True)
    (folder / "train" / "rows.jsonl").write_text("".join(rows), "utf-8")
    (folder / "spec" / "spec.json").write_text(json.dumps(spec), "utf-8")
    return fine_tune(Job.read({}, paths), StopSignal())


def test_a_training_at_a_far_too_high_rate_ends_with_a_model_that_has_learnt(
    tmp_path: Path, bert: Path
) -> None:
    trained = trained_job(tmp_path, bert, 0.02)
    assert trained.facts.collapses
    assert trained.facts.learning_rate is not None
    assert trained.history[-1].train_loss is not None
    assert trained.history[-1].train_loss < 0.2
