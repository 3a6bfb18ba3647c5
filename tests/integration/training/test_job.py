"""One whole job, as a process, looked at from all sides."""

from __future__ import annotations

import json
import re
from pathlib import Path

import fastjsonschema
import pytest
from safetensors.torch import load_file, save_file

from contracts.evaluation import Evaluation, schema
from contracts.metric_lines import metric_definitions
from contracts.verification import Verification
from inference.archive import load
from tasks import get_task
from tests.integration.training.conftest import EndedJob
from tests.integration.training.job import LABELS, Job, rows

TASK = get_task("text-classification")


def test_the_job_succeeds_and_its_log_is_clean(ended: EndedJob) -> None:
    assert (ended.code, ended.errors) == (0, "")
    assert all(
        re.match(r"\[ *\d+\.\d s\] |\[metric\] ", line)
        for line in ended.output.splitlines()
    )
    assert not (ended.job.base / "output" / "failure").exists()


def test_the_metric_definitions_find_every_number_in_the_log(ended: EndedJob) -> None:
    for definition in metric_definitions(
        [*TASK.progress, *(f"eval_{name}" for name in TASK.metrics)]
    ):
        assert re.search(definition["Regex"], ended.output), definition


def test_the_model_beats_the_trivial_baseline(ended: EndedJob) -> None:
    document = ended.job.output("evaluation.json")
    assert document["rows"] == 24
    assert (
        document["model"]["accuracy"]
        > document["baselines"]["trivial"]["metrics"]["accuracy"]
    )
    assert document["model"]["accuracy"] >= 0.9
    assert document["baselines"]["reference"]["name"].startswith("TF-IDF")
    assert document["champion"] is None
    assert sum(map(sum, document["confusion"])) == 24
    assert document["training"]["rows"] == 96
    assert document["training"]["epochs"] == 20
    fastjsonschema.validate(schema(), document)
    assert Evaluation.read(document).write() == document


def test_the_model_directory_is_ready_to_be_served(ended: EndedJob) -> None:
    model = ended.job.base / "model"
    assert json.loads((model / "config.json").read_text())["id2label"] == {
        "0": "negative",
        "1": "positive",
    }
    names = {path.name for path in model.iterdir()}
    assert {"model.safetensors", "tokenizer.json", "README.md", "code"} <= names
    assert not list(model.rglob("*.pyc")), (
        "the check that it serves left its traces in the archive"
    )
    assert not [
        name
        for name in names
        if name.startswith(("checkpoint", "training_args", "runs"))
    ]
    assert "| this model |" in (model / "README.md").read_text()


def test_the_served_answers_are_the_verified_ones(ended: EndedJob) -> None:
    document = ended.job.output("verification.json")
    assert Verification.read(document).write() == document
    assert (document["tolerance"], len(document["rows"])) == (0.02, 16)
    service = load(ended.job.base / "model")
    for row, expected in zip(document["rows"], rows(24, 24), strict=False):
        assert row["request"] == {"inputs": expected["text"]}
        (answer,) = json.loads(service.invoke(json.dumps(row["request"]).encode()))
        assert answer["label"] == row["response"][0]["label"]
        assert answer["score"] == pytest.approx(row["response"][0]["score"], abs=1e-4)


def test_a_short_job_leaves_no_checkpoint(ended: EndedJob) -> None:
    assert not list((ended.job.base / "checkpoints").glob("*"))


def test_a_missing_column_fails_within_seconds_with_a_sentence(tmp_path: Path) -> None:
    job = Job.prepare(tmp_path)
    job.write("train", '{"text": "good"}\n')
    done = job.run()
    sentence = (
        "train/rows.jsonl, row 1, column 'label': expected a value; found text. "
        "What to do: Fill it in or drop the row."
    )
    assert done.returncode == 1
    assert (job.base / "output" / "failure").read_text() == sentence
    assert "Traceback (most recent call last):" in done.stderr
    assert done.stderr.endswith(f"The job failed: {sentence}\n")
    assert "Loading torch" not in done.stdout


def test_a_diverging_loss_fails_with_a_sentence(tmp_path: Path) -> None:
    job = Job.prepare(tmp_path)
    weights = load_file(job.channel("base") / "model.safetensors")
    weights["embeddings.word_embeddings.weight"][:] = float("nan")
    save_file(weights, job.channel("base") / "model.safetensors", {"format": "pt"})
    assert job.run().returncode == 1
    assert (
        "expected a finite loss; found nan. What to do: Lower learning_rate"
        in (job.base / "output" / "failure").read_text()
    )


@pytest.mark.slow
def test_a_stopped_job_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    job = Job.prepare(tmp_path, validation=24, epochs=40, early_stopping_patience=40)
    first = job.start()
    assert first.stdout is not None
    for line in first.stdout:
        if "step=" in line and "epoch=" in line:
            first.terminate()
            break
    output, errors = first.communicate(timeout=120)
    assert first.returncode == 143, errors
    (saved,) = re.findall(r"Saved a checkpoint at step (\d+)$", output, re.MULTILINE)[
        -1:
    ]
    second = job.run()
    assert second.returncode == 0, second.stderr
    assert f"Going on from the checkpoint at step {saved}\n" in second.stdout
    assert "eval_accuracy" in second.stdout
    document = job.output("evaluation.json")
    assert document["labels"] == LABELS
    steps = [point["step"] for point in document["history"]]
    assert steps == sorted(steps)
    assert steps[0] <= int(saved) < steps[-1]


def test_a_job_takes_the_hyperparameters_of_tutorials_and_of_the_trainer(
    tmp_path: Path,
) -> None:
    job = Job.prepare(tmp_path, validation=24)
    tutorial = (
        "--epochs",
        "1",
        "--per_device_train_batch_size",
        "8",
        "--model_name_or_path",
        '"org/tiny"',
    )
    trainer = (
        "--eval_steps",
        "5",
        "--optim",
        "adafactor",
        "--lr_scheduler_type",
        "cosine",
        "--max_steps",
        "10",
    )
    done = job.run(*tutorial, *trainer)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(re.findall(r"eval_loss=", done.stdout)) == 2
    assert "Saved a checkpoint at step 10\n" in done.stdout
    card = (job.base / "model" / "README.md").read_text()
    assert "fine-tuned from `org/tiny`" in card
    assert "| `train_batch_size` | 8 |" in card
    assert "| `optim` | adafactor |" in card
