"""A training script written for transformers 4, unchanged, and an inference script beside it: one whole job."""

from __future__ import annotations

import json
import re

import pytest

from contracts.locations import PACKED_SCRIPT
from inference.archive import load
from tests.evaluations import OF_A_SCRIPT
from tests.integration.training.conftest import EndedJob
from tests.integration.training.scripts import BASE, TUTORIAL, prepare

EXAMPLE = {"reviews": ["good great film"]}
ARGUMENTS = (
    "--epochs",
    "4",
    "--per_device_train_batch_size",
    "8",
    "--model_name_or_path",
    BASE,
)


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> EndedJob:
    files = {
        "inference.py": (TUTORIAL / "inference.py").read_text(),
        "requirements.txt": "transformers\ndatasets>=2\n",
    }
    script = (TUTORIAL / "train.py").read_text()
    hooks = ["model_fn", "transform_fn"]
    job = prepare(
        tmp_path_factory.mktemp("tutorial"), script, files, hooks=hooks, example=EXAMPLE
    )
    words = [*ARGUMENTS, "--learning_rate", "0.0005"]
    path = job.channel("spec") / "spec.json"
    names = [word.removeprefix("--") for word in words[::2]]
    hyperparameters = dict(zip(names, words[1::2], strict=True))
    path.write_text(
        json.dumps(json.loads(path.read_text()) | {"hyperparameters": hyperparameters})
    )
    done = job.run(SM_NUM_GPUS="0")
    return EndedJob(job, done.returncode, done.stdout, done.stderr)


def test_it_runs_unchanged_and_learns(tutorial: EndedJob) -> None:
    assert tutorial.code == 0, tutorial.output + tutorial.errors
    results = (tutorial.job.base / "output" / "data" / "eval_results.txt").read_text()
    matched = re.search(r"^eval_accuracy = (.+)$", results, re.MULTILINE)
    assert matched and float(matched[1]) > 0.8


def test_each_former_name_is_told_once(tutorial: EndedJob) -> None:
    assert sorted(
        line for line in tutorial.output.splitlines() if line.startswith("[traindrop]")
    ) == [
        "[traindrop] evaluation_strategy is called eval_strategy in this release of transformers: taken as that",
        "[traindrop] logging_dir has no effect in this release of transformers: left out",
        "[traindrop] overwrite_output_dir has no effect in this release of transformers: left out",
        "[traindrop] tokenizer is called processing_class in this release of transformers: taken as that",
        "[traindrop] warmup_ratio is called warmup_steps in this release of transformers: taken as that",
    ]


def test_its_numbers_are_found_by_the_metric_definitions(tutorial: EndedJob) -> None:
    from contracts.metric_lines import trainer_definitions  # noqa: PLC0415

    matched = {
        definition["Name"]
        for definition in trainer_definitions()
        if re.search(definition["Regex"], tutorial.output)
    }
    assert {"loss", "eval_loss", "learning_rate", "epoch"} <= matched


def test_the_evaluation_leaves_the_judgement_to_the_script(tutorial: EndedJob) -> None:
    assert tutorial.job.output("evaluation.json") == OF_A_SCRIPT


def test_the_archive_answers_by_its_own_inference_script(tutorial: EndedJob) -> None:
    code = tutorial.job.base / "model" / "code"
    assert (code / PACKED_SCRIPT).read_text() == (TUTORIAL / "inference.py").read_text()
    assert not (code / "train.py").exists()
    (row,) = tutorial.job.output("verification.json")["rows"]
    assert row["request"] == EXAMPLE
    answer = json.loads(
        load(tutorial.job.base / "model").invoke(json.dumps(EXAMPLE).encode())
    )
    assert answer == row["response"]
    assert answer["stars"][0] > 3


def test_what_was_dropped_is_left_as_it_was(tutorial: EndedJob) -> None:
    assert sorted(path.name for path in tutorial.job.channel("code").iterdir()) == [
        "inference.py",
        "requirements.txt",
        "train.py",
    ]
