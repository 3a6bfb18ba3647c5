"""Jobs that fail for real, and that everyone is told the same of it: file, ledger, notification, API."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from contracts.failures import (
    MEMORY,
    MISMATCH,
    CauseAndRemedy,
)
from inference.predictors import batches, padding
from tests.integration.training.explained import explained
from tests.integration.training.job import Job
from tests.integration.training.trial import Trial
from training.recipes.padding import Padding


def damaged(
    job: Job, name: str, change: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    weights = load_file(job.channel("base") / "model.safetensors")
    weights[name] = change(weights[name])
    save_file(weights, job.channel("base") / "model.safetensors", {"format": "pt"})


def small_vocabulary(job: Job) -> None:
    """The tokenizer knows more tokens than the model has rows for."""
    damaged(job, "embeddings.word_embeddings.weight", lambda table: table[:40].clone())
    config = job.channel("base") / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"vocab_size": 40}))


def diverging(job: Job) -> None:
    damaged(job, "encoder.layer.0.output.dense.weight", lambda weight: weight * 1e30)


def without_labels(job: Job) -> None:
    job.write("train", '{"text": "good"}\n')


def untouched(job: Job) -> None:
    pass


FAILURES: dict[str, tuple[Callable[[Job], None], tuple[str, ...], str, str]] = {
    "a column is missing": (
        without_labels,
        (),
        "train/rows.jsonl, row 1, column 'label': expected a value; found text.",
        "Fill it in or drop the row.",
    ),
    "a hyperparameter is wrong": (
        untouched,
        ("--epochs", "many"),
        "hyperparameter epochs: expected a number from 0.001 to 10000; found 'many'.",
        "Correct it.",
    ),
    "the tokenizer does not fit": (
        small_vocabulary,
        (),
        f"{MISMATCH.cause} (IndexError: index out of range in self)",
        MISMATCH.remedy,
    ),
    "the loss is no number": (
        diverging,
        (
            "--learning_rate",
            "10",
            "--max_grad_norm",
            "0",
            "--optim",
            "sgd",
            "--warmup_ratio",
            "0",
        ),
        "the training diverged: expected a finite loss; found nan.",
        "Lower learning_rate (a tenth of it is a good next try) or raise warmup_ratio.",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_everyone_is_told_the_same(tmp_path: Path, trial: Trial, name: str) -> None:
    break_it, argv, cause, remedy = FAILURES[name]
    job = Job.prepare(tmp_path)
    break_it(job)
    assert trial.cause_and_remedy(job, *argv) == CauseAndRemedy(cause, remedy)


class Hungry(Padding):
    """Torch refuses the memory for batches that are too large, as it would on a small GPU."""

    most = 32

    def __call__(self, examples: Any) -> dict[str, torch.Tensor]:
        if len(examples) > self.most:
            raise torch.OutOfMemoryError(
                "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has 14.58 GiB."
            )
        return super().__call__(examples)


@pytest.fixture
def hungry(monkeypatch: pytest.MonkeyPatch) -> type[Hungry]:
    monkeypatch.setattr("training.recipes.padding.Padding", Hungry)
    monkeypatch.setattr(Hungry, "most", 32)
    return Hungry


SHORT = ("--max_steps", "6", "--learning_rate", "0.001")


@pytest.mark.slow
def test_a_batch_that_is_too_large_is_halved_and_learns_the_same(
    tmp_path: Path, trial: Trial, hungry: type[Hungry]
) -> None:
    half = Job.prepare(tmp_path / "half")
    expected = trial.weights(
        half, *SHORT, "--train_batch_size=16", "--gradient_accumulation_steps=2"
    )
    hungry.most = 16
    job = Job.prepare(tmp_path / "retried")
    weights = trial.weights(job, *SHORT, "--train_batch_size=32")
    assert (
        "Memory ran out (OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has"
        in trial.log
    )
    assert (
        "Once more, at batch 16 (the gradients of 2 added up), evaluation batch 32, from the last"
        in trial.log
    )
    facts = job.output("evaluation.json")["training"]
    assert (facts["batch"], facts["accumulation"]) == (16, 2)
    assert facts["retried"] == "out of memory at batch 32"
    assert (
        "| `train_batch_size` | 16 |" in (job.base / "model" / "README.md").read_text()
    )
    assert expected.keys() == weights.keys()
    for name, weight in expected.items():
        torch.testing.assert_close(weights[name], weight, rtol=0, atol=1e-6, msg=name)


def test_the_second_attempt_goes_on_from_the_checkpoint_of_the_first(
    tmp_path: Path, trial: Trial, hungry: type[Hungry], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    whole = Hungry.__call__

    def after_a_while(self: Hungry, examples: Any) -> dict[str, torch.Tensor]:
        seen.append(len(examples))
        hungry.most = 16 if len(seen) > 5 else 32
        return whole(self, examples)

    monkeypatch.setattr(Hungry, "__call__", after_a_while)
    job = Job.prepare(tmp_path)
    argv = ("--train_batch_size=32", "--max_steps=12", "--checkpoint_seconds=0")
    assert trial.run(job, *argv) == 0
    assert "Once more, at batch 16" in trial.log
    assert "Going on from the checkpoint at step" in trial.log
    assert "step=12 total_steps=12" in trial.log
    assert seen[:5] == [32] * 5
    assert set(seen[6:]) == {16}


def test_memory_that_runs_out_while_validating_halves_the_evaluation_batch(
    tmp_path: Path, trial: Trial, hungry: type[Hungry]
) -> None:
    hungry.most = 16
    job = Job.prepare(tmp_path, validation=24)
    argv = (
        "--train_batch_size=16",
        "--eval_batch_size=24",
        "--min_steps=0",
        "--epochs=1",
    )
    assert trial.run(job, *argv) == 0
    assert (
        "Once more, at batch 16, evaluation batch 12, from the last checkpoint"
        in trial.log
    )
    facts = job.output("evaluation.json")["training"]
    assert facts["retried"] == "out of memory at evaluation batch 24"
    assert (facts["batch"], facts["accumulation"], facts["eval_batch"]) == (16, 1, 12)


def test_memory_that_runs_out_while_predicting_is_tried_with_fewer_rows_at_once(
    tmp_path: Path, trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = padding.groups

    def small(lengths: Any, rows: int | None, overhead: int) -> Any:
        if (rows or padding._max_group_rows.get()) > 16:
            raise torch.OutOfMemoryError(
                "CUDA out of memory. Tried to allocate 2.00 GiB."
            )
        return whole(lengths, rows, overhead)

    monkeypatch.setattr(batches, "groups", small)
    job = Job.prepare(tmp_path)
    assert trial.run(job, *SHORT) == 0
    assert "Evaluating once more, 32 rows at once" in trial.log
    assert job.output("evaluation.json")["rows"] == 24


def test_memory_that_runs_out_twice_is_told_to_everyone(
    tmp_path: Path, trial: Trial, hungry: type[Hungry]
) -> None:
    hungry.most = 8
    cause_and_remedy = trial.cause_and_remedy(
        Job.prepare(tmp_path), *SHORT, "--train_batch_size=32"
    )
    assert cause_and_remedy.cause == (
        "Memory ran out at batch 16 (the gradients of 2 added up), evaluation batch 32, after it was out of memory at "
        "batch 32."
    )
    assert cause_and_remedy.remedy.startswith("Halve max_length in traindrop.yaml")


def test_a_process_that_is_killed_without_a_word_ran_out_of_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    explanation = explained(tmp_path, "step 8\nstep 9", monkeypatch, code=137)
    assert explanation.file == ""
    assert explanation.record["failure"]["cause"].startswith("Memory ran out. (")
    assert explanation.answer["failure"]["remedy"] == MEMORY.remedy
    assert f"What to do: {MEMORY.remedy}" in explanation.notification
