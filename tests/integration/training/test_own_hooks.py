"""Rows to train on, and an `inference.py` of the user's own beside them: packed, asked, and believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.archive import load
from tests.integration.training.job import LABELS, Job
from tests.integration.training.scripts import failure

SHOUT = """
from traindrop.hooks import input_fn, model_fn
import wording

def predict_fn(data, model):
    return [each["label"] for each in model(data["reviews"])]

def output_fn(prediction, accept):
    return wording.said(prediction)
"""
WORDING = 'def said(labels):\n    return "/".join(labels).upper()\n'
TASKS_OWN = "def output_fn(prediction, accept):\n    import json\n    return json.dumps({'answers': prediction})\n"
EXAMPLE = {"reviews": ["good film", "awful film"]}


def job_with(folder: Path, script: str, **spec: object) -> Job:
    job = Job.prepare(folder, epochs=1, min_steps=1)
    code = job.channel("code")
    code.mkdir()
    (code / "inference.py").write_text(script)
    (code / "wording.py").write_text(WORDING)
    path = job.channel("spec") / "spec.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "code": True, **spec}))
    return job


def test_an_example_is_answered_by_the_hooks(tmp_path: Path) -> None:
    job = job_with(tmp_path, SHOUT, hooks=["output_fn", "predict_fn"], example=EXAMPLE)
    done = job.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        "The packed model serves by your own code; its answers to 1 requests are kept to be compared"
        in done.stdout
    )
    (row,) = job.output("verification.json")["rows"]
    assert row["request"] == EXAMPLE
    assert {*row["response"].split("/")} <= {label.upper() for label in LABELS}
    assert (
        load(job.base / "model").invoke(json.dumps(EXAMPLE).encode()).decode()
        == row["response"]
    )
    assert (job.base / "model" / "code" / "wording.py").is_file()
    assert job.output("evaluation.json")["rows"] == 24


def test_an_example_that_is_refused_fails_the_job(tmp_path: Path) -> None:
    job = job_with(
        tmp_path,
        SHOUT,
        hooks=["output_fn", "predict_fn"],
        example={"inputs": "good film"},
    )
    assert job.run().returncode == 1
    assert failure(job).startswith(
        'the packed model refuses {"inputs": "good film"} with 500: '
    )
    assert failure(job).endswith(
        "Correct code/inference.py, or the example in traindrop.yaml."
    )


def test_without_an_example_refused_rows_are_left_out(tmp_path: Path) -> None:
    job = job_with(tmp_path, SHOUT, hooks=["output_fn", "predict_fn"])
    done = job.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert job.output("verification.json")["rows"] == []


def test_without_an_example_hooks_that_take_the_tasks_request_are_asked_the_rows(
    tmp_path: Path,
) -> None:
    job = job_with(tmp_path, TASKS_OWN, hooks=["output_fn"])
    done = job.run()
    assert done.returncode == 0, done.stdout + done.stderr
    rows = job.output("verification.json")["rows"]
    assert len(rows) == 16
    assert {
        answer["label"] for row in rows for answer in row["response"]["answers"]
    } <= {*LABELS}


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            "import no_such_package\n",
            "ModuleNotFoundError: No module named 'no_such_package'",
        ),
        (
            "def model_fn(model_dir):\n    raise OSError('disk on fire')\n",
            "OSError: disk on fire",
        ),
    ],
)
def test_hooks_that_cannot_be_loaded_fail_the_job(
    tmp_path: Path, script: str, message: str
) -> None:
    job = job_with(tmp_path, script, hooks=["model_fn"])
    assert job.run().returncode == 1
    assert failure(job) == (
        f"the packed model cannot serve: {message}. What to do: Check code/ and requirements.txt of the drop; "
        "without them, report this as a fault of Traindrop."
    )
