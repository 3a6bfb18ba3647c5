"""The functions of all states, one after the other, on the local cloud: real jobs, real endpoints, real tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from contracts import locations
from contracts.costs import CostCategory
from contracts.outcomes import DeployStage
from functions.adapters.cost_book import month_of
from functions.adapters.ledger import utc_now
from functions.adapters.runtime import EndpointMissingError, ModelFailedError
from functions.adapters.sagemaker import Description
from functions.api.documents import read_document
from functions.api.endpoints import delete_endpoint
from functions.api.errors import ApiError
from functions.common.names import candidate_name, resource_name
from functions.deploy.deploy import REPLACED
from tests.integration.functions.calls import Watcher
from tests.integration.functions.states import Stack

if TYPE_CHECKING:
    pass

GOOD = {"label": "a", "accuracy": 0.8}


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
        stack.booker.look_at_endpoint(model.endpoint, model.model, second)
    assert [item.split()[0] for item in removed] == [
        "endpoint",
        "model",
        "endpoint-config",
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
    assert booked_endpoints(stack) == 2, "the candidate of b, and then its endpoint"


def booked_endpoints(stack: Stack) -> int:
    """How many times an endpoint on instances was booked; the table is that of all tests."""
    amounts = stack.cost_book.booked(month_of(utc_now().isoformat()))
    own = [amount for amount in amounts if amount.name.startswith(stack.name)]
    return [amount.category for amount in own].count(CostCategory.ENDPOINT)


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


def test_every_call_so_far_is_one_that_the_functions_role_allows(
    watcher: Watcher,
) -> None:
    watcher.require_allowed("CreateModel", "CheckEndpoint", "Promote", "Retire")
