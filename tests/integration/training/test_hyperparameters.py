"""Hyperparameters on their way from the settings to the training: the toolkit's shell harms none."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.environment import CHANNEL_PREFIX
from contracts.spec import Spec
from functions.inspect.settings_file.schema import SCHEMA
from functions.train.request import JobEnvironment, hyperparameters
from localcloud.sagemaker.common.images import DEFAULT_IMAGES
from localcloud.sagemaker.common.state import Settings
from localcloud.sagemaker.training.job_paths import JobPaths
from localcloud.sagemaker.training.job_request import JobRequest
from localcloud.sagemaker.training.toolkit_command import (
    container_command,
    training_command,
)
from localcloud.sagemaker.training.toolkit_environment import job_environment
from tasks.trainer_arguments import ALIASES
from tests.forkserver import python
from tests.integration.training import scripts
from tests.integration.training.job import Job
from tests.unit.localcloud.sagemaker.training.jobs import MACHINE, a_body

ENVIRONMENT = JobEnvironment(
    "traindrop", "data", "eu-central-1", "role", "image:1", "code/s", None
)
IMAGE = DEFAULT_IMAGES.find("huggingface-pytorch-training:2.9.0", "training")
STOPS_BEFORE_TRAINING = """
import json
def fine_tune(job, stop):
    print("arguments", json.dumps(job.arguments.all), flush=True)
    raise SystemExit(0)
"""
STOP_SIGNAL = "class StopSignal:\n    def listen(self): ...\n"


def documented_examples() -> dict[str, Any]:
    """Hyperparameter -> the value that the settings page shows for it."""
    properties = SCHEMA["properties"]["hyperparameters"]["properties"]
    examples = {}
    for name, schema in properties.items():
        (example,) = schema["examples"]
        if name not in ALIASES and example is not None:
            examples[name] = example
    return examples


def run_on_sagemaker(job: Job, own: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """The job with these hyperparameters in its spec, from the request of Start training to the image's entry point."""
    spec_file = job.channel("spec") / "spec.json"
    spec = json.loads(spec_file.read_text()) | {"hyperparameters": own}
    spec_file.write_text(json.dumps(spec))
    texts = hyperparameters(Spec.read(spec), ENVIRONMENT, "ml.g5.xlarge")
    request = JobRequest.from_body(a_body(**texts))
    paths = JobPaths(job.base / "job")
    paths.make(request)
    image = replace(IMAGE, interpreter=python())
    command = container_command(image, training_command(image, request, paths, MACHINE))
    environment = job_environment(request, paths, MACHINE, Settings(job.base))
    for channel in (job.base / "input" / "data").iterdir():
        environment[f"{CHANNEL_PREFIX}{channel.name.upper()}"] = str(channel)
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd=paths.code,
        env=environment,
    )


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Prints its arguments in place of the training."""
    job = Job.prepare(tmp_path / "job")
    _move_code(job)
    fine_tuning = job.base / "job" / "opt" / "ml" / "code" / "training" / "fine_tuning"
    (fine_tuning / "fine_tune.py").write_text(STOPS_BEFORE_TRAINING)
    (fine_tuning / "checkpoints.py").write_text(STOP_SIGNAL)
    return job


def _move_code(job: Job) -> None:
    """To where the toolkit unpacks it."""
    code = JobPaths(job.base / "job").code
    code.parent.mkdir(parents=True)
    (job.base / "code").rename(code)


def arguments_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    lines = [line for line in done.stdout.splitlines() if line.startswith("arguments ")]
    assert len(lines) == 1, done.stdout + done.stderr
    arguments: dict[str, Any] = json.loads(lines[0].removeprefix("arguments "))
    return arguments


def test_every_documented_example_reaches_the_training(job: Job) -> None:
    examples = documented_examples()
    assert {
        "lr_scheduler_kwargs",
        "prefix",
        "optim_target_modules",
        "seed",
    } <= examples.keys()
    arguments = arguments_of(run_on_sagemaker(job, examples))
    assert {name: arguments[name] for name in examples} == examples


@pytest.mark.parametrize(
    "own",
    [
        {"prefix": "translate English to German: "},
        {"prefix": ""},
        {"prefix": "it's"},
        {"prefix": 'say "this"'},
        {"prefix": "a; exit 3"},
        {"prefix": "$(exit 3) `exit 3` > /dev/full & wait"},
        {"prefix": "--seed 7"},
        {"prefix": "null"},
        {"prefix": "1e5"},
        {"prefix": "Zeile\nÄ"},
        {"optim_target_modules": ["q_proj", "v proj"]},
        {"lr_scheduler_kwargs": {"num_cycles": 2, "min_lr_rate": 0.1, "text": "a b"}},
    ],
    ids=str,
)
def test_no_value_is_harmed_by_the_shell(job: Job, own: dict[str, Any]) -> None:
    arguments = arguments_of(run_on_sagemaker(job, own))
    assert {name: arguments[name] for name in own} == own


def test_a_users_script_gets_what_the_toolkit_would_give_it_without_a_shell(
    tmp_path: Path,
) -> None:
    script = (
        "import json, os, sys\n"
        "own = {n: v for n, v in os.environ.items() if n.startswith('SM_HP')}\n"
        "print('script', json.dumps([sys.argv[1:], own]), flush=True)\n"
    )
    job = scripts.prepare(tmp_path / "job", script)
    _move_code(job)
    own = {
        "lr": 0.1,
        "model_name": "org/tiny",
        "note": "it's $(id); a > b",
        "list": ["a", 1],
    }
    done = run_on_sagemaker(
        job, own | {"fp16": True, "map": {"b": 1, "a": "x"}, "empty": ""}
    )
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("script ")]
    argv, variables = json.loads(line.removeprefix("script "))
    assert argv == [
        *("--empty", "", "--fp16", "True", "--list", "['a', 1]", "--lr", "0.1"),
        *(
            "--map",
            "a=x,b=1",
            "--model_name",
            "org/tiny",
            "--note",
            "it's $(id); a > b",
        ),
    ]
    assert json.loads(variables.pop("SM_HPS"))["note"] == "it's $(id); a > b"
    assert variables == {
        "SM_HP_EMPTY": "",
        "SM_HP_FP16": "true",
        "SM_HP_LIST": '["a",1]',
        "SM_HP_LR": "0.1",
        "SM_HP_MAP": '{"a":"x","b":1}',
        "SM_HP_MODEL_NAME": "org/tiny",
        "SM_HP_NOTE": "it's $(id); a > b",
    }
