"""Training jobs of runs, on the local cloud: scripts that fail, progress, instances that are not to be had."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from contracts.failures import MEMORY
from contracts.model_record import Drop
from contracts.run_record import RunStatus
from functions.adapters.sagemaker import Description, SageMaker
from functions.api.views import run_page
from functions.common.names import job_name
from functions.train.check import check as check_training
from functions.train.start import OverError
from localcloud.sagemaker.training.capacity import CAPACITY_FILE
from tests.integration.functions.calls import Watcher
from tests.integration.functions.states import Stack

GOOD = {"label": "a", "accuracy": 0.8}


def test_a_script_that_raises_is_explained_and_the_champion_answers(
    stack: Stack,
) -> None:
    stack.release("a", GOOD)
    run = stack.claim("b", GOOD | {"raise": "no such label"})
    assert stack.train(run) == "failed"
    record = stack.explain(run, "train")
    assert record["status"] == "failed"
    assert (
        record["failure"]["cause"]
        == "The training script failed: ValueError: no such label (train.py, line 22)"
    )
    assert any("no such label" in line for line in record["failure"]["log_tail"])
    assert record["failure"].get("leftovers") == []
    assert stack.answer() == "a"
    stack.notify(run)
    assert stack.run(run).get("notified") == "failed"


def test_a_script_that_is_killed_ran_out_of_memory(stack: Stack) -> None:
    run = stack.claim("a", GOOD | {"killed": True})
    assert stack.train(run) == "failed"
    failure = stack.explain(run, "train")["failure"]
    assert failure["cause"].startswith("Memory ran out. (AlgorithmError: ")
    assert "SIGKILL" in failure["cause"]
    assert failure["remedy"] == MEMORY.remedy


def test_a_job_over_its_time_limit_is_told_so(stack: Stack) -> None:
    run = stack.claim("a", GOOD | {"pause": 60})
    written = stack.storage.read_json(f"runs/{run}/spec.json")
    written["compute"]["max_runtime_seconds"] = 2
    stack.leave_spec(run, written)
    assert stack.train(run) == "stopped"
    record = stack.explain(run, "train")
    assert record["status"] == "failed"
    assert (
        record["failure"]["cause"]
        == "The training job reached its time limit and was stopped."
    )
    assert record["failure"]["remedy"].startswith("Set a larger max_runtime_seconds")


class SilentSageMaker(SageMaker):
    """Tells metrics only when a job has ended."""

    def job(self, name: str) -> Description | None:
        job = super().job(name)
        if job and job["TrainingJobStatus"] == "InProgress":
            job.pop("FinalMetricDataList", None)
        return job


@pytest.mark.parametrize(
    "kind", [SageMaker, SilentSageMaker], ids=["described", "only logged"]
)
def test_progress_is_seen_to_move_while_a_job_runs(
    stack: Stack, kind: type[SageMaker]
) -> None:
    stack.sagemaker = kind(stack.client("sagemaker"))
    run = stack.claim("a", GOOD | {"steps": 40, "pause": 0.1})
    stack.start(run)
    seen: list[dict[str, Any]] = []

    def look() -> str:
        with stack.of("CheckTrainingFunction"):
            outcome = str(
                check_training(run, stack.ledger, stack.sagemaker, stack.logs)[
                    "outcome"
                ]
            )
        progress = run_page(stack.ledger.get_run(run)).get("progress", {})
        if outcome == "running" and "step" in progress:
            seen.append(progress)
        time.sleep(0.2)
        return outcome

    assert stack.until(look, "running") == "completed"
    steps = [progress["step"] for progress in seen]
    assert steps == sorted(steps)
    assert len(set(steps)) >= 3
    assert {progress["total_steps"] for progress in seen} == {40}
    assert {progress["phase"] for progress in seen} <= {"Training", "Uploading"}
    assert all(
        abs(progress["loss"] - 0.5 / progress["step"]) < 0.01 for progress in seen
    )
    assert stack.run(run)["training"]["metrics"]["step"] == 40
    assert stack.judge(run) == {"outcome": "promote"}
    assert "progress" not in run_page(stack.ledger.get_run(run))


def test_an_interrupted_run_leaves_no_running_job(stack: Stack) -> None:
    run = stack.claim("a", GOOD)
    stack.start(run)
    stack.explainer.explain(
        {
            "run": run,
            "step": "workflow",
            "error": "Interrupted",
            "cause": "the workflow stopped",
        }
    )
    job = stack.run(run)["training"]["job"]
    stack.until(
        lambda: (stack.sagemaker.job(job) or {})["TrainingJobStatus"], "Stopping"
    )
    assert (stack.sagemaker.job(job) or {})["TrainingJobStatus"] in {
        "Stopped",
        "Completed",
    }
    assert (
        stack.ledger.claim(Drop("reviews", "b" * 64, "v"), "next").outcome == "claimed"
    )


def test_a_spot_type_without_capacity_is_left_for_the_next_one(
    stack: Stack, sagemaker_state: Path
) -> None:
    """SageMaker leaves the job in Starting."""
    stack.settings = replace(stack.settings, spot_wait_minutes=1 / 60)
    no_capacity = sagemaker_state / CAPACITY_FILE
    no_capacity.write_text(json.dumps({"spot": ["ml.g5.xlarge"]}))
    try:
        types = ["ml.g5.xlarge", "ml.m5.xlarge"]
        run = stack.claim("e", GOOD, instance_types=types, spot=True)
        assert stack.train(run) == "no_capacity"
        assert stack.train(run) == "completed"
    finally:
        no_capacity.unlink()
    training = stack.run(run)["training"]
    assert (training["instance_type"], training["number"]) == ("ml.m5.xlarge", 2)
    (refusal,) = training["tries"]
    assert refusal["instance_type"] == "ml.g5.xlarge"
    assert refusal["reason"].startswith("no spot capacity within")


def test_a_start_that_comes_late_stops_its_own_job(stack: Stack) -> None:
    run = stack.claim("f", GOOD)
    name = job_name(stack.name, run, 1)

    def end_the_run(*_: object) -> bool:
        """Between the creation and the question after it."""
        if stack.sagemaker.job(name) is None:
            return True
        stack.ledger.end(run, RunStatus.STOPPED)
        return False

    with (
        patch.object(type(stack.ledger), "is_current", end_the_run),
        pytest.raises(OverError, match="has ended or goes on elsewhere"),
    ):
        stack.start(run)
    assert (stack.sagemaker.job(name) or {})["TrainingJobStatus"] in {
        "Stopping",
        "Stopped",
    }


def test_every_call_so_far_is_one_that_the_functions_role_allows(
    watcher: Watcher,
) -> None:
    watcher.require_allowed("StartTraining", "CheckTraining")
