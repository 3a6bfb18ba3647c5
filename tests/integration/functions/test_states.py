"""The functions of all states, one after the other, on the local cloud: real jobs, real endpoints, real tables."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from contracts import locations
from contracts.failures import MEMORY
from contracts.outcomes import DeployStage
from contracts.run_record import Drop
from functions.adapters.runtime import EndpointMissingError, ModelFailedError
from functions.adapters.sagemaker import Description, SageMaker
from functions.api.endpoints import delete_endpoint
from functions.api.errors import ApiError
from functions.api.routes import read_document
from functions.api.views import run_page
from functions.common.names import candidate_name, resource_name
from functions.deploy.deploy import REPLACED
from functions.train.check import check as check_training
from localcloud.sagemaker.training.capacity import CAPACITY_FILE
from tests.integration.functions.calls import Watcher
from tests.integration.functions.conftest import TINY
from tests.integration.functions.states import Stack
from tools.permissions import actions

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

GOOD = {"label": "a", "accuracy": 0.8}


@pytest.fixture(scope="session")
def tiny_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("source")
    for package in ("training", "inference", "tasks", "contracts"):
        (root / package).mkdir()
    shutil.copy(TINY / "train.py", root / "training" / "train.py")
    for name in ("requirements.txt", "constraints.txt"):
        (root / "training" / name).write_text("")
    return root


@pytest.fixture
def stack(
    table: Table, clients: Callable[[str], Any], tiny_source: Path, watcher: Watcher
) -> Stack:
    return Stack(table, clients, tiny_source, watcher)


def test_two_releases_and_a_deletion(stack: Stack) -> None:
    first = stack.release("a", GOOD)
    assert stack.answer() == "a"
    record = stack.run(first)
    with stack.of("ApiFunction"):
        assert (
            read_document(stack.ledger.get_run(first), "report", stack.storage)
            == "<!doctype html>\n<title>größe</title>"
        )
        with pytest.raises(ApiError, match="There is no card of the run"):
            read_document(
                replace(stack.ledger.get_run(first), card=f"/runs/{first}/card"),
                "card",
                stack.storage,
            )
    assert [step["step"] for step in record["steps"]] == [
        "inspecting",
        "training",
        "judging",
        "deploying",
        "verifying",
        "live",
    ]
    assert record["training"]["metrics"] == {
        "step": 1.0,
        "total_steps": 1.0,
        "train_loss": 0.5,
    }
    second = stack.release("b", GOOD | {"label": "b"})
    assert stack.answer() == "b"
    assert stack.retire(second)["removed"] == 2
    assert stack.sagemaker.config(resource_name(stack.name, first)) is None
    assert stack.answer() == "b"
    stack.notify(second)
    model = stack.ledger.find_model("reviews")
    assert model is not None
    with stack.of("ApiFunction"):
        removed = delete_endpoint(model, stack.ledger, stack.sagemaker, stack.name)
    assert [item.split()[0] for item in removed] == [
        "endpoint",
        "endpoint-config",
        "model",
    ]
    stack.until(lambda: "there" if stack.endpoint() else "gone", "there")
    with pytest.raises(EndpointMissingError):
        stack.answer()


def test_every_state_may_be_repeated(stack: Stack) -> None:
    run = stack.claim("a", GOOD)
    stack.start(run)
    assert stack.start(run) == {"outcome": "started"}
    assert stack.train(run) == "completed"
    assert stack.start(run) == {"outcome": "started"}
    for _ in range(2):
        assert stack.judge(run) == {"outcome": "promote"}
    for _ in range(2):
        assert stack.deploy(run) == "live"
    for _ in range(2):
        assert stack.verify(run) == "verified"
    for _ in range(2):
        assert stack.deploy(run, DeployStage.STABLE) == "in_place"
    for _ in range(2):
        assert stack.promote(run) == {"outcome": "promoted", "grace": False}
    assert stack.answer() == "a"


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


def test_a_worse_model_is_not_deployed(stack: Stack) -> None:
    run = stack.claim("a", GOOD | {"accuracy": 0.5})
    assert stack.train(run) == "completed"
    assert stack.judge(run) == {"outcome": "keep"}
    assert stack.run(run)["status"] == "kept back"


def candidate(stack: Stack, run: str) -> Description | None:
    return stack.sagemaker.endpoint(candidate_name(stack.name, run))


def changes(stack: Stack) -> tuple[str, Any]:
    """What the model's endpoint serves, and when it was last changed."""
    endpoint = stack.endpoint()
    return endpoint["EndpointConfigName"], endpoint["LastModifiedTime"]


def test_a_model_that_cannot_be_served_never_comes_to_the_stable_endpoint(
    stack: Stack,
) -> None:
    stack.release("a", GOOD)
    run = stack.claim("b", GOOD | {"label": "b", "broken": True})
    stack.train(run)
    stack.judge(run)
    before = changes(stack)
    assert stack.deploy(run) == "failed"
    record = stack.explain(run, "deploy")
    assert (record["status"], record["failure"].get("leftovers")) == ("failed", [])
    assert stack.sagemaker.config(resource_name(stack.name, run)) is None
    stack.until(lambda: "there" if candidate(stack, run) else "gone", "there")
    assert (stack.answer(), changes(stack)) == ("a", before)


def test_a_switch_that_fails_leaves_the_champion_and_says_so(stack: Stack) -> None:
    """The archive was changed after the release had been verified."""
    stack.release("a", GOOD)
    run = stack.claim("b", GOOD | {"label": "b"})
    stack.train(run)
    stack.judge(run)
    assert stack.deploy(run) == "live"
    assert stack.verify(run) == "verified"
    model = stack.sagemaker.model(resource_name(stack.name, run))
    assert model is not None
    archive = model["PrimaryContainer"]["ModelDataUrl"].partition(f"{stack.name}/")[2]
    stack.storage.put_bytes(archive, b"no archive")
    assert stack.deploy(run, DeployStage.STABLE) == "rolled_back"
    failure = stack.explain(run, "deploy")["failure"]
    assert failure["cause"].startswith(
        "The new model was verified on an endpoint of its own, but the model's endpoint did not go over to it"
    )
    assert failure.get("leftovers") == []
    assert candidate(stack, run) is None
    assert stack.sagemaker.config(resource_name(stack.name, run)) is None
    assert stack.answer() == "a"


def test_a_first_model_that_cannot_be_served_leaves_no_endpoint(stack: Stack) -> None:
    run = stack.claim("a", GOOD | {"broken": True})
    stack.train(run)
    stack.judge(run)
    assert stack.deploy(run) == "failed"
    record = stack.explain(run, "deploy")
    assert record["failure"].get("leftovers") == []
    stack.until(lambda: "there" if stack.endpoint() else "gone", "there")
    assert stack.sagemaker.model(resource_name(stack.name, run)) is None


def test_wrong_answers_never_reach_a_caller(stack: Stack) -> None:
    stack.release("a", GOOD)
    run = stack.claim("b", GOOD | {"label": "b", "expected": "c"})
    stack.train(run)
    stack.judge(run)
    before = changes(stack)
    assert stack.deploy(run) == "live"
    assert stack.verify(run) == "wrong"
    record = stack.explain(run, "verify")
    assert "answer[0].label: expected 'c'; found 'b'" in record["failure"]["cause"]
    assert record["failure"].get("leftovers") == []
    assert stack.sagemaker.config(resource_name(stack.name, run)) is None
    stack.until(lambda: "there" if candidate(stack, run) else "gone", "there")
    assert (stack.answer(), changes(stack)) == ("a", before)


def test_an_answer_names_the_run_that_gave_it_before_the_ledger_does(
    stack: Stack,
) -> None:
    first = stack.release("a", GOOD)
    second = stack.claim("b", GOOD | {"label": "b"})
    stack.train(second)
    stack.judge(second)
    assert stack.deploy(second) == "live"
    assert stack.verify(second) == "verified"
    assert stack.prediction().run == first
    stack.switch(second)
    assert (stack.answer(), stack.prediction().run) == ("b", second)
    model = stack.ledger.find_model("reviews")
    assert model is not None
    assert model.champion == first
    stack.promote(second)
    assert candidate(stack, second) is None


def mode_of(stack: Stack) -> str:
    """The deployment mode of the endpoint that is there."""
    variant = stack.endpoint()["ProductionVariants"][0]
    return "serverless" if "CurrentServerlessConfig" in variant else "realtime"


def test_releases_may_change_the_deployment_mode_both_ways(stack: Stack) -> None:
    first = stack.release("a", GOOD)
    assert mode_of(stack) == "serverless"
    second = stack.release("b", GOOD | {"label": "b"}, mode="realtime")
    assert (mode_of(stack), stack.answer()) == ("realtime", "b")
    third = stack.release("c", GOOD | {"label": "c"})
    assert (mode_of(stack), stack.answer()) == ("serverless", "c")
    assert [stack.run(run).get("warnings") for run in (first, second, third)] == [
        None,
        None,
        [REPLACED],
    ]


def test_a_smoke_check_that_fails_after_a_change_of_mode_puts_the_champion_back(
    stack: Stack,
) -> None:
    """What is expected was changed after the release had been verified."""
    stack.release("a", GOOD)
    run = stack.claim("b", GOOD | {"label": "b"}, mode="realtime")
    stack.train(run)
    stack.judge(run)
    assert stack.deploy(run) == "live"
    assert stack.verify(run) == "verified"
    assert mode_of(stack) == "serverless"
    assert stack.deploy(run, DeployStage.STABLE) == "live"
    assert mode_of(stack) == "realtime"
    rows = {"request": {"inputs": "x"}, "response": [{"label": "c", "score": 0.9}]}
    stack.storage.write_json(
        locations.document_key(run, locations.VERIFICATION),
        {"tolerance": 0.02, "rows": [rows]},
    )
    assert stack.verify(run, DeployStage.STABLE) == "wrong"
    failure = stack.explain(run, "verify")["failure"]
    assert "expected 'c'; found 'b'" in failure["cause"]
    assert "made again" in failure["leftovers"][0]

    def cleaned() -> str:
        with stack.of("SweepFunction"):
            stack.explainer.clean_again(stack.ledger.get_run(run))
        return "left" if stack.run(run)["failure"].get("leftovers") else "clean"

    stack.until(cleaned, "left")
    stack.until(lambda: stack.endpoint()["EndpointStatus"], "Creating")
    assert (mode_of(stack), stack.answer()) == ("serverless", "a")


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


def test_a_failing_model_says_so(stack: Stack) -> None:
    stack.release("a", GOOD)
    with pytest.raises(ModelFailedError, match="the model answered 500: it broke"):
        stack.runtime.invoke(
            resource_name(stack.name, "reviews"), b'{"inputs": "break"}'
        )


def test_a_private_models_token_goes_from_its_secret_to_its_container(
    stack: Stack,
) -> None:
    secret = f"{stack.name}/hub"
    stack.client("secretsmanager").create_secret(Name=secret, SecretString="hf_token")
    run = stack.claim("a", GOOD)
    hub = {"model_id": "org/private", "revision": "main", "token_secret": secret}
    written = stack.storage.read_json(f"runs/{run}/spec.json") | {
        "hub": hub,
        "archive": f"models/{run}/model.tar.gz",
    }
    stack.leave_spec(run, written)
    stack.storage.put_bytes(written["archive"], b"weights")
    stack.ledger.record(run, archive=stack.storage.find(written["archive"]))
    assert stack.create(run) == {"outcome": "created"}
    model = stack.sagemaker.model(resource_name(stack.name, run))
    assert model is not None
    assert model["PrimaryContainer"]["Environment"]["HF_TOKEN"] == "hf_token"


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


def test_every_call_so_far_is_one_that_the_functions_role_allows(
    watcher: Watcher,
) -> None:
    assert watcher.seen, "run the whole file"
    for function, needed in watcher.seen.items():
        assert needed <= actions(function), function
    for name in (
        "StartTraining",
        "CheckTraining",
        "CreateModel",
        "CheckEndpoint",
        "Promote",
        "Retire",
    ):
        function = f"{name}Function"
        unused = actions(function) - watcher.seen[function] - {"s3:ListBucket"}
        assert not unused, function
