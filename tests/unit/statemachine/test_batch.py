"""The state machine of batches: it calls one function until that says that the batch has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contracts.batch import BatchOutcome
from tests.unit.statemachine.interpreter import (
    BATCH_DEFINITION,
    Execution,
    LambdaError,
    load_from,
)

EVENT = {"model": "reviews", "batch": "reviews-1", "attempt": 1}
HISTORY_LIMIT = 25_000
JOB_HOURS = 4
Answer = dict[str, Any]


def execute(answer: Callable[[dict[str, Any], float], Answer]) -> Execution:
    def call(name: str, payload: dict[str, Any], now: float) -> Answer:
        assert name == "Batch"
        return answer(payload, now)

    execution = Execution(load_from(BATCH_DEFINITION), call, EVENT)
    execution.run()
    return execution


def test_the_function_is_called_until_the_batch_has_ended() -> None:
    answers: list[Answer] = [
        {"outcome": BatchOutcome.CONTINUE},
        {"outcome": BatchOutcome.WAIT, "age_seconds": 0},
        {"outcome": BatchOutcome.WAIT, "age_seconds": 1_000},
        {"outcome": BatchOutcome.ENDED},
    ]
    payloads: list[dict[str, Any]] = []

    def answer(payload: dict[str, Any], now: float) -> Answer:
        payloads.append(payload)
        return answers[len(payloads) - 1]

    execution = execute(answer)
    assert (execution.end, execution.now) == ("Succeed", 30 + 100)
    assert payloads == [EVENT] * 4


@pytest.mark.parametrize("cause", ["", "a long story"])
def test_a_step_that_fails_for_good_is_noted(cause: str) -> None:
    payloads: list[dict[str, Any]] = []

    def answer(payload: dict[str, Any], now: float) -> Answer:
        payloads.append(payload)
        if "error" not in payload:
            raise LambdaError("RefusedError", cause)
        return {"outcome": BatchOutcome.ENDED}

    assert execute(answer).end == "Succeed"
    assert payloads[-1] == {**EVENT, "error": "RefusedError", "cause": cause}


def test_aws_is_waited_for() -> None:
    def answer(payload: dict[str, Any], now: float) -> Answer:
        if now < 3 * 3600:
            raise LambdaError("TransientError")
        return {"outcome": BatchOutcome.ENDED}

    assert execute(answer).path == ["Remember", "Work", "Worked", "Ended"]


def test_nine_days_of_jobs_stay_under_the_history_limit() -> None:
    started = 0.0

    def answer(payload: dict[str, Any], now: float) -> Answer:
        nonlocal started
        if now > 9 * 86_400:
            return {"outcome": BatchOutcome.ENDED}
        if now - started > JOB_HOURS * 3600:
            started = now
            return {"outcome": BatchOutcome.CONTINUE}
        return {"outcome": BatchOutcome.WAIT, "age_seconds": int(now - started)}

    execution = execute(answer)
    assert execution.end == "Succeed"
    assert execution.events < HISTORY_LIMIT


def test_every_state_leads_to_states_that_exist() -> None:
    states = load_from(BATCH_DEFINITION)["States"]
    for state in states.values():
        following = [state.get("Next"), state.get("Default")]
        following += [rule["Next"] for rule in state.get("Choices", [])]
        following += [rule["Next"] for rule in state.get("Catch", [])]
        assert {name for name in following if name} <= states.keys()
