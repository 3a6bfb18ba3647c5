"""What the workflow waits for, and for how long: looks that see nothing, endpoints that are busy, outages of AWS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.statemachine.functions import (
    DAY,
    HAPPY,
    Functions,
    execute,
)
from tests.unit.statemachine.interpreter import (
    LambdaError,
)

UNKNOWN = {"outcome": "unknown", "reason": "TransientError: Rate exceeded"}
OBSERVERS = {
    "CheckTraining": {"outcome": "running", "age_seconds": 600, "limit_seconds": 9e4},
    "CheckEndpoint": {"outcome": "deploying", "age_seconds": 60},
    "Verify": UNKNOWN,
}
"""Function -> what it answers after a good look."""


@pytest.mark.parametrize("function", OBSERVERS)
@pytest.mark.parametrize("failure", [UNKNOWN, LambdaError("Runtime.ExitError")])
def test_three_hours_without_a_look_are_no_verdict(function: str, failure: Any) -> None:
    since: list[float] = []

    def look(now: float) -> dict[str, Any]:
        since.append(now)
        if now - since[0] > 3 * 3600:
            return HAPPY[function]
        if isinstance(failure, Exception):
            raise failure
        return dict(failure)

    functions = Functions(**{function: look})
    assert execute(functions).path[-1] == "Done"
    assert not functions.payloads("Explain")
    assert since[-1] - since[0] > 3 * 3600


@pytest.mark.parametrize("function", OBSERVERS)
@pytest.mark.parametrize("failure", [UNKNOWN, LambdaError("Runtime.ExitError")])
def test_what_is_never_seen_again_is_given_up_within_hours(
    function: str, failure: Any
) -> None:
    functions = Functions(**{function: [OBSERVERS[function], failure]})
    execution = execute(functions)
    assert execution.path[-5:] == ["Explain", "Next drop", "Notify", "Ended", "Failed"]
    longest = 40 if function == "CheckTraining" else 10
    assert 5 * 3600 < execution.now < longest * 3600
    explained = functions.payloads("Explain")[0]
    assert explained["error"] in {"NotSeen", "Runtime.ExitError"}
    assert execution.events < 5_000


def test_a_job_is_not_given_up_while_it_may_still_run() -> None:
    seen = {"outcome": "running", "age_seconds": 3600, "limit_seconds": 28 * DAY}
    functions = Functions(CheckTraining=[seen, UNKNOWN])
    assert execute(functions).now > 28 * DAY - 2 * 3600


def test_a_good_look_forgets_what_was_not_seen_before() -> None:
    failed = {"outcome": "failed", "age_seconds": 900}
    functions = Functions(CheckTraining=[UNKNOWN, LambdaError("Boom", "x"), failed])
    execute(functions)
    explained = functions.payloads("Explain")[0]
    assert (explained["error"], explained["cause"]) == ("", "")


def test_a_model_that_never_answers_in_time_is_given_up_after_an_hour() -> None:
    slow = UNKNOWN | {"patience_seconds": 3600}
    execution = execute(Functions(Verify=slow))
    assert execution.path[-5:] == ["Explain", "Next drop", "Notify", "Ended", "Failed"]
    assert 1800 < execution.now < 2 * 3600


def test_a_busy_endpoint_is_waited_for() -> None:
    busy = {"outcome": "busy", "reason": "EndpointBusyError: it is changing"}
    functions = Functions(Deploy=[busy] * 20 + [HAPPY["Deploy"]])
    execution = execute(functions)
    assert execution.path[-1] == "Done"
    assert execution.path.count("Wait for a free endpoint") == 20


def test_an_endpoint_that_is_busy_for_ever_is_given_up_within_hours() -> None:
    busy = {"outcome": "busy", "reason": "EndpointBusyError: it is changing"}
    functions = Functions(Deploy=busy)
    assert 5 * 3600 < execute(functions).now < 8 * 3600
    explained = functions.payloads("Explain")[0]
    assert explained["error"] == "EndpointBusyError"
    assert explained["cause"] == "EndpointBusyError: it is changing"


@pytest.mark.parametrize("function", HAPPY)
@pytest.mark.parametrize("error", ["TransientError", "Lambda.TooManyRequestsException"])
def test_what_passes_is_waited_for_in_every_state(error: str, function: str) -> None:
    """An hour of it, before the function's first answer."""
    begin: list[float] = []

    def refuse(now: float) -> dict[str, Any]:
        begin.append(now)
        if now - begin[0] < 3600:
            raise LambdaError(error)
        return HAPPY[function]

    failed = {"Verify": {"outcome": "wrong"}} if function == "Explain" else {}
    path = execute(Functions(**{function: refuse}, **failed)).path
    assert ("Explain" in path) is (function == "Explain")
    assert path[-1] == ("Failed" if failed else "Done")
