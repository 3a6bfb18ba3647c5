from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.deployment_record import CandidateEndpoint, DeploymentRecord
from contracts.outcomes import DeployStage
from functions.adapters.errors import RefusedError, TransientError
from functions.adapters.runtime import (
    EndpointMissingError,
    ModelAsleepError,
    ModelFailedError,
    OverloadedError,
    PredictionTimeoutError,
)
from functions.common.names import candidate_name, resource_name
from functions.deploy import endpoint_client
from functions.deploy.verify import UNSEEN_SECONDS, first_difference, verify
from tests.unit.functions.fakes import (
    STACK,
    STAMP,
    AnsweringRuntime,
    MemoryLedger,
    MemoryStorage,
    now,
)
from tests.unit.functions.fakes.prediction_queue import (
    QueueingClient,
    no_queue,
    queue_of,
)
from tests.unit.functions.specs import RUN

ANSWER = [{"label": "positive", "score": 0.9}, {"label": "negative", "score": 0.1}]
ROWS = [
    {"request": {"inputs": text}, "response": ANSWER} for text in ("good", "better")
]


@pytest.fixture(autouse=True)
def _deployed(ledger: MemoryLedger, storage: MemoryStorage) -> None:
    ledger.add(
        RUN,
        status="deploying",
        deployment={"endpoint": resource_name(STACK, "reviews")},
    )
    storage.write_json(
        f"models/{RUN}/verification.json", {"tolerance": 0.02, "rows": ROWS}
    )


def verified(
    ledger: MemoryLedger,
    storage: MemoryStorage,
    runtime: AnsweringRuntime,
    stage: DeployStage = DeployStage.CANDIDATE,
) -> Any:
    return verify(
        RUN,
        stage,
        ledger=ledger,
        storage=storage,
        runtime=runtime,
        queue=no_queue,
        now=now,
    )


def difference(ledger: MemoryLedger) -> Any:
    return ledger.get_run(RUN).write()["deployment"]["verification"]["difference"]


def test_the_same_answers_are_verified(
    ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    runtime = AnsweringRuntime(
        [{"label": "positive", "score": 0.915}, {"label": "negative", "score": 0.085}]
    )
    assert verified(ledger, storage, runtime) == {"outcome": "verified"}
    assert runtime.bodies == [b'{"inputs": "good"}', b'{"inputs": "better"}']
    assert difference(ledger) is None
    assert ledger.get_run(RUN).write()["deployment"]["verification"]["rows"] == 2


def test_another_answer_is_wrong_and_named(
    ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    wrong = [{"label": "LABEL_1", "score": 0.9}, {"label": "negative", "score": 0.1}]
    assert verified(ledger, storage, AnsweringRuntime(ANSWER, wrong)) == {
        "outcome": "wrong"
    }
    assert (
        difference(ledger)
        == "verification row 2: answer[0].label: expected 'positive'; found 'LABEL_1'"
    )


@pytest.mark.parametrize(
    ("score", "outcome"), [(0.9, "verified"), (0.8, "verified"), (0.85, "wrong")]
)
def test_an_answer_of_the_weights_or_of_the_graph_beside_them_is_right(
    score: float, outcome: str, ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    rows = [
        {
            "request": {"inputs": "good"},
            "response": {"score": 0.9},
            "graph_response": {"score": 0.8},
        }
    ]
    storage.write_json(
        f"models/{RUN}/verification.json", {"tolerance": 0.02, "rows": rows}
    )
    assert verified(ledger, storage, AnsweringRuntime({"score": score})) == {
        "outcome": outcome
    }
    wrong = "verification row 1: answer.score: expected 0.9; found 0.85"
    assert difference(ledger) == (wrong if outcome == "wrong" else None)


@pytest.mark.parametrize(("wrong", "outcome"), [(2, "verified"), (3, "wrong")])
def test_a_few_draws_may_fall_otherwise(
    wrong: int, outcome: str, ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    storage.write_json(
        f"models/{RUN}/verification.json", {"tolerance": 0.02, "rows": ROWS * 8}
    )
    other = [{"label": "negative", "score": 0.51}, {"label": "positive", "score": 0.49}]
    runtime = AnsweringRuntime(*[other] * wrong, *[ANSWER] * (16 - wrong))
    assert verified(ledger, storage, runtime) == {"outcome": outcome}
    kept = ledger.get_run(RUN).write()["deployment"]["verification"]
    assert (kept["draws"], bool(kept["difference"])) == (
        (2, False) if outcome == "verified" else (0, True)
    )


def test_a_failing_model_is_wrong(ledger: MemoryLedger, storage: MemoryStorage) -> None:
    runtime = AnsweringRuntime(ModelFailedError(500, "Worker died."))
    assert verified(ledger, storage, runtime) == {"outcome": "wrong"}
    assert (
        difference(ledger) == "verification row 1: the model answered 500: Worker died."
    )


@pytest.mark.parametrize(
    ("error", "hours"),
    [
        (ModelAsleepError("loading"), 6),
        (OverloadedError("busy"), 6),
        (PredictionTimeoutError("too late"), 1),
    ],
)
def test_a_waking_endpoint_is_asked_again_later(
    error: Exception, hours: int, ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    assert verified(ledger, storage, AnsweringRuntime(error)) == {
        "outcome": "unknown",
        "reason": f"EndpointBusyError: the endpoint does not answer yet: {error}",
        "patience_seconds": hours * 3600,
    }
    assert ledger.get_run(RUN).deployment.verification is None


@pytest.fixture
def beside(ledger: MemoryLedger) -> str:
    """The candidate endpoint of a release beside the one that serves."""
    name = candidate_name(STACK, RUN)
    candidate = CandidateEndpoint(name, STAMP)
    deployment = replace(ledger.get_run(RUN).deployment, candidate=candidate)
    ledger.record(RUN, deployment=deployment)
    return name


def test_the_candidate_is_asked_before_the_models_endpoint(
    beside: str, ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    runtime = AnsweringRuntime(ANSWER)
    for stage in DeployStage:
        verified(ledger, storage, runtime, stage)
    assert runtime.endpoints == [beside, beside, resource_name(STACK, "reviews")]
    deployment = ledger.get_run(RUN).deployment
    assert deployment.verification is not None
    assert deployment.smoke_check is not None
    assert (deployment.verification.rows, deployment.smoke_check.rows) == (2, 1)


def test_a_smoke_check_that_differs_asks_all_rows(
    ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    storage.write_json(
        f"models/{RUN}/verification.json", {"tolerance": 0.02, "rows": ROWS * 8}
    )
    other = [{"label": "negative", "score": 0.51}, {"label": "positive", "score": 0.49}]
    runtime = AnsweringRuntime(other, other, ANSWER)
    answer = verified(ledger, storage, runtime, DeployStage.STABLE)
    assert (answer, len(runtime.bodies)) == ({"outcome": "verified"}, 17)
    answer = verified(ledger, storage, AnsweringRuntime(other), DeployStage.STABLE)
    assert answer == {"outcome": "wrong"}


@pytest.mark.parametrize("stage", DeployStage)
def test_an_answer_of_another_release_is_no_verdict(
    stage: DeployStage, ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    runtime = AnsweringRuntime(ANSWER, run="reviews-old")
    answer = verified(ledger, storage, runtime, stage)
    assert (answer["outcome"], answer["patience_seconds"]) == ("unknown", 3600)
    assert "the release 'reviews-old' still answers" in answer["reason"]


@pytest.mark.parametrize("error", [TransientError("busy"), RefusedError("denied")])
def test_what_aws_refuses_says_nothing_of_the_model(
    error: Exception, ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    answer = verified(ledger, storage, AnsweringRuntime(ANSWER, error))
    assert answer["outcome"] == "unknown"
    assert ledger.get_run(RUN).deployment.verification is None


@pytest.mark.parametrize(
    ("expected", "result", "sentence"),
    [
        ({"a": 1}, {"a": 1.01}, None),
        ({"a": 100}, {"a": 101.5}, None),
        ({"a": 1}, {"a": 1.03}, "answer.a: expected 1; found 1.03"),
        ({"a": 1}, {"b": 1}, "answer (fields): expected ['a']; found ['b']"),
        ([1, 2], [1], "answer (length): expected 2; found 1"),
        ("x", "y", "answer: expected 'x'; found 'y'"),
        (True, 1, "answer: expected True; found 1"),
        (None, None, None),
        ([{"t": [0.5]}], [{"t": [0.5]}], None),
        ([[1.0]], [["1.0"]], "answer[0][0]: expected 1.0; found '1.0'"),
    ],
)
def test_the_first_difference_is_named(
    expected: Any, result: Any, sentence: str | None
) -> None:
    assert first_difference(expected, result, 0.02) == sentence


def test_long_values_are_shortened() -> None:
    sentence = first_difference("x" * 500, "y", 0.0)
    assert sentence is not None
    assert len(sentence) < 130


def test_a_container_that_does_not_name_its_run_behind_a_shared_variant_is_wrong(
    ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    """No later question would be answered otherwise, and nobody could tell which release answered."""
    runtime = AnsweringRuntime(ANSWER, run="")
    assert verified(ledger, storage, runtime)["outcome"] == "wrong"
    assert "expected the answer to name its run" in difference(ledger)


def test_a_model_that_answers_later_is_asked_through_its_queue(
    ledger: MemoryLedger, storage: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint_client, "QUEUE_SECONDS", 0)
    endpoint = resource_name(STACK, "reviews")
    ledger.record(
        RUN,
        deployment=DeploymentRecord(
            mode="async", endpoint=endpoint, config="c", started_at=STAMP
        ),
    )
    client = QueueingClient(storage)

    def ask() -> Any:
        return verify(
            RUN,
            DeployStage.CANDIDATE,
            ledger=ledger,
            storage=storage,
            runtime=AnsweringRuntime(AssertionError("asked at once")),
            queue=lambda: queue_of(client),
            now=now,
        )

    first = ask()
    assert first["outcome"] == "unknown"
    assert first["patience_seconds"] == UNSEEN_SECONDS
    for number in (1, 2):
        client.answer(number, ANSWER, RUN)
    assert ask() == {"outcome": "verified"}
    assert [request["EndpointName"] for request in client.requests] == [endpoint] * 2


def test_a_queue_that_is_gone_is_named(
    ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    ledger.record(
        RUN,
        deployment=DeploymentRecord(mode="async", endpoint="e", started_at=STAMP),
    )
    client = QueueingClient(storage)
    client.error = EndpointMissingError("Endpoint e not found.")
    answer = verify(
        RUN,
        DeployStage.CANDIDATE,
        ledger=ledger,
        storage=storage,
        runtime=AnsweringRuntime(ANSWER),
        queue=lambda: queue_of(client),
        now=now,
    )
    assert answer == {"outcome": "wrong"}
    assert "Endpoint e not found." in difference(ledger)
