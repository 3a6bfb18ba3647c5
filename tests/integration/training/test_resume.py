"""Whole jobs, killed with SIGKILL at random moments or told to stop by SIGTERM."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from localcloud.packaged_data import packaged_base_model
from tests.forkserver import python
from tests.integration.training.job import ROOT, Job
from tests.integration.training.resuming import same, with_dropout

KILLS = 5
ARGV = (
    *(
        "--train_batch_size",
        "8",
        "--gradient_accumulation_steps",
        "2",
        "--epochs",
        "10",
        "--min_steps",
        "0",
    ),
    *(
        "--checkpoint_seconds",
        "0",
        "--early_stopping_patience",
        "30",
        "--learning_rate",
        "0.001",
    ),
)
"""60 steps and as many checkpoints: more than go by before the last kill, on a fast machine too."""


class Server:
    """Lives of jobs, in processes."""

    def __init__(self) -> None:
        command = [python(), "-m", "tests.integration.training.lives"]
        pipes: dict[str, Any] = {
            "stdin": subprocess.PIPE,
            "stdout": subprocess.PIPE,
            "text": True,
        }
        self._process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, **pipes
        )

    def run(self, job: Job, *argv: str, breaks: Sequence[dict[str, Any]] = ()) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(
            json.dumps({"base": str(job.base), "argv": argv, "breaks": list(breaks)})
            + "\n"
        )
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.close()


def a_job(folder: Path) -> Job:
    job = Job.prepare(folder, validation=24)
    with_dropout(job.channel("base"))
    return job


def broken(
    text: str,
    count: int = 1,
    seconds: float = 0.0,
    signals: Sequence[int] = (signal.SIGKILL,),
) -> dict[str, Any]:
    return {
        "text": text,
        "count": count,
        "seconds": seconds,
        "signals": [int(number) for number in signals],
    }


def random_kills(
    count: int, seed: int, most_checkpoints: int = 6
) -> list[dict[str, Any]]:
    source = random.Random(seed)
    return [
        broken(
            "Saved a checkpoint",
            source.randint(0, most_checkpoints),
            source.uniform(0, 0.04),
        )
        for _ in range(count)
    ]


def ends_alike(
    server: Server, jobs: tuple[Job, Job], kills: list[dict[str, Any]], *argv: str
) -> None:
    """The second job, killed so often, leaves what the first one does, which is not."""
    whole, killed = jobs
    (code,) = server.run(whole, *argv)["codes"]
    report = server.run(killed, *argv, breaks=kills)
    assert (code, report["codes"]) == (0, [-signal.SIGKILL] * len(kills) + [0])
    assert "Going on from the checkpoint at step" in report["texts"][-1]
    expected, ended = (
        load_file(job.base / "model" / "model.safetensors") for job in (whole, killed)
    )
    assert same(ended, expected)
    one, other = (job.output("evaluation.json") for job in (whole, killed))
    assert (one["model"], one["confusion"]) == (other["model"], other["confusion"])
    assert one["training"]["epochs"] == other["training"]["epochs"]


@pytest.mark.slow
def test_a_job_killed_at_random_moments_ends_with_the_very_weights_of_one_that_was_not(
    server: Server, tmp_path: Path
) -> None:
    ends_alike(
        server,
        (a_job(tmp_path / "whole"), a_job(tmp_path / "killed")),
        random_kills(KILLS, 7),
        *ARGV,
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_job_killed_again_and_again_does_too(
    server: Server, tmp_path: Path, seed: int
) -> None:
    """Of a third of these lives nothing is left: they end before their first checkpoint."""
    kills = random_kills(20, seed, most_checkpoints=2)
    ends_alike(
        server,
        (a_job(tmp_path / "whole"), a_job(tmp_path / "killed")),
        kills,
        *ARGV,
        "--epochs",
        "24",
    )


@pytest.mark.slow
def test_a_real_model_does_too(server: Server, tmp_path: Path) -> None:
    jobs = (a_job(tmp_path / "whole"), a_job(tmp_path / "killed"))
    for job in jobs:
        shutil.rmtree(job.channel("base"))
        shutil.copytree(packaged_base_model(), job.channel("base"))
    argv = (
        "--train_batch_size",
        "8",
        "--max_steps",
        "8",
        "--eval_steps",
        "4",
        "--checkpoint_seconds",
        "0",
    )
    ends_alike(server, jobs, random_kills(3, 1, most_checkpoints=2), *argv)


def test_sigterm_ends_a_job_at_once_before_training_with_a_checkpoint_in_it_and_not_after_it(
    server: Server, tmp_path: Path
) -> None:
    term, twice = (signal.SIGTERM,), (signal.SIGTERM, signal.SIGTERM)
    breaks = [
        broken("Loading the base model", signals=twice),
        broken("Saved a checkpoint", 2, signals=twice),
        broken("Packed the model", signals=term),
    ]
    job = a_job(tmp_path)
    report = server.run(job, *ARGV, breaks=breaks)
    assert report["codes"] == [143, 143, 0, 0]
    before, within, after, _ = report["texts"]
    assert "Saved a checkpoint" not in before
    (last,) = re.findall(r"Saved a checkpoint at step (\d+)$", within, re.MULTILINE)[
        -1:
    ]
    assert int(last) < 6, "it stopped at the next step"
    assert f"Going on from the checkpoint at step {last}\n" in after
    assert "Traceback" not in "".join(report["texts"])
    assert not (job.base / "output" / "failure").exists()
