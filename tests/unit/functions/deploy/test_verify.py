from __future__ import annotations

from typing import Any

import pytest

from functions.adapters.errors import RefusedError, TransientError
from functions.adapters.runtime import (
    ModelAsleepError,
    ModelFailedError,
    OverloadedError,
    PredictionTimeoutError,
)
from functions.common.names import resource_name
from functions.deploy.verify import first_difference, verify
from tests.unit.functions.fakes import (
    STACK,
    AnsweringRuntime,
    MemoryLedger,
    MemoryStorage,
    now,
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


def difference(ledger: MemoryLedger) -> Any:
    return ledger.get_run(RUN).write()["deployment"]["verification"]["difference"]


def test_the_same_answers_are_verified(
    ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    runtime = AnsweringRuntime(
        [{"label": "positive", "score": 0.915}, {"label": "negative", "score": 0.085}]
    )
    assert verify(RUN, ledger, storage, runtime, now) == {"outcome": "verified"}
    assert runtime.bodies == [b'{"inputs": "good"}', b'{"inputs": "better"}']
    assert difference(ledger) is None
    assert ledger.get_run(RUN).write()["deployment"]["verification"]["rows"] == 2


def test_another_answer_is_wrong_and_named(
    ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    wrong = [{"label": "LABEL_1", "score": 0.9}, {"label": "negative", "score": 0.1}]
    assert verify(RUN, ledger, storage, AnsweringRuntime(ANSWER, wrong), now) == {
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
    assert verify(RUN, ledger, storage, AnsweringRuntime({"score": score}), now) == {
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
    assert verify(RUN, ledger, storage, runtime, now) == {"outcome": outcome}
    kept = ledger.get_run(RUN).write()["deployment"]["verification"]
    assert (kept["draws"], bool(kept["difference"])) == (
        (2, False) if outcome == "verified" else (0, True)
    )


def test_a_failing_model_is_wrong(ledger: MemoryLedger, storage: MemoryStorage) -> None:
    runtime = AnsweringRuntime(ModelFailedError(500, "Worker died."))
    assert verify(RUN, ledger, storage, runtime, now) == {"outcome": "wrong"}
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
    assert verify(RUN, ledger, storage, AnsweringRuntime(error), now) == {
        "outcome": "unknown",
        "reason": f"EndpointBusyError: the endpoint does not answer yet: {error}",
        "patience_seconds": hours * 3600,
    }
    assert ledger.get_run(RUN).deployment.verification is None


@pytest.mark.parametrize("error", [TransientError("busy"), RefusedError("denied")])
def test_what_aws_refuses_says_nothing_of_the_model(
    error: Exception, ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    answer = verify(RUN, ledger, storage, AnsweringRuntime(ANSWER, error), now)
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
