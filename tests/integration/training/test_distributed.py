"""One job in two processes, as torchrun starts them on an instance with two GPUs; here over gloo."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.integration.training.conftest import EndedJob
from tests.integration.training.job import Job
from training.fine_tuning.checkpoints import AGREEMENT_STEPS
from training.fine_tuning.manifest import CheckpointManifest

STEPS, ROWS_A_STEP, LEARNING_RATE = 12, 16, 1e-4
TOLERANCE = LEARNING_RATE / 100
"""Of a weight, which moves by about `LEARNING_RATE` a step. The mean of 16 gradients is rounded otherwise than the mean
of two means of 8; float32 keeps 7 digits, and the weights are below 1. Other rows, or a lost gradient, would show in
whole steps."""
ALL_ROUNDING = "key.bias"
"""It shifts all scores of a query alike, which softmax takes away: its gradient is nothing but rounding."""


def _ended(folder: Path, processes: int, **more: Any) -> EndedJob:
    job = Job.prepare(
        folder,
        max_steps=STEPS,
        learning_rate=LEARNING_RATE,
        train_batch_size=ROWS_A_STEP // processes,
        bf16=False,
        **more,
    )
    launcher = [
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc_per_node",
        str(processes),
    ]
    done = job.run(launcher=launcher if processes > 1 else [])
    return EndedJob(job, done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> EndedJob:
    return _ended(tmp_path_factory.mktemp("one"), 1)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> EndedJob:
    return _ended(tmp_path_factory.mktemp("two"), 2, checkpoint_seconds=0)


def test_two_processes_reach_what_one_reaches_with_the_same_rows_a_step(
    one: EndedJob, two: EndedJob
) -> None:
    assert (one.code, two.code) == (0, 0), one.errors + two.errors
    single, double = (
        load_file(ended.job.base / "model" / "model.safetensors")
        for ended in (one, two)
    )
    initial = load_file(one.job.channel("base") / "model.safetensors")
    assert single.keys() == double.keys()
    for name, weights in single.items():
        if name.endswith(ALL_ROUNDING):
            continue
        np.testing.assert_allclose(
            double[name], weights, rtol=0, atol=TOLERANCE, err_msg=name
        )
    for name, weights in initial.items():
        if "layer" in name and not name.endswith(ALL_ROUNDING):
            assert np.abs(single[f"bert.{name}"] - weights).max() > 100 * TOLERANCE, (
                name
            )
    judged, again = (ended.job.output("evaluation.json") for ended in (one, two))
    assert again["model"] == pytest.approx(judged["model"], abs=1e-4)
    assert [evaluation["training"]["rows"] for evaluation in (judged, again)] == [
        96,
        96,
    ]


def test_two_processes_speak_once(two: EndedJob) -> None:
    lines = two.output.splitlines()
    steps = [
        int(match[1])
        for line in lines
        if (match := re.search(r"\[metric\].*\bstep=(\d+)", line))
    ]
    assert steps == sorted(set(steps))
    assert steps[-1] == STEPS
    printed = [
        re.sub(r"^\[ *[\d.]+ s\] ", "", line)
        for line in lines
        if not line.startswith("[metric]")
    ]
    assert len(printed) == len(set(printed))
    assert (
        f"Training on cpu ({_threads(printed)} threads): 2 epochs, {STEPS} steps"
        in printed
    )
    assert printed[-1] == "Done"


def test_two_processes_write_once(two: EndedJob) -> None:
    base = two.job.base
    (checkpoint,) = (base / "checkpoints").glob("checkpoint-*")
    assert CheckpointManifest.read(checkpoint).step == AGREEMENT_STEPS
    states = {path.name for path in checkpoint.glob("rng_state*")}
    assert states == {"rng_state_0.pth", "rng_state_1.pth"}
    assert {path.name for path in (base / "output").iterdir()} == {"data"}
    documents = {"evaluation.json", "verification.json", "report.html", "README.md"}
    documents |= {"mistakes.csv", "label_errors.csv"}
    assert {path.name for path in (base / "output" / "data").iterdir()} == documents
    assert len(list((base / "model").glob("*.safetensors"))) == 1


def _threads(printed: list[str]) -> str:
    """Each process's share of the cores."""
    (threads,) = (
        match[1]
        for line in printed
        if (match := re.match(r"Training on cpu \((\d+) threads\)", line))
    )
    return threads
