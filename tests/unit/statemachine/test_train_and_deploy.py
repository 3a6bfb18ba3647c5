"""The workflow's definition: its shape, its paths, and the limits it must keep."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.outcomes import STATE_OUTCOMES
from tests.unit.statemachine.interpreter import (
    DEFINITION,
    Execution,
    LambdaError,
    every_state,
    load,
)

DAY = 86_400
EVENT = {
    "detail": {
        "bucket": {"name": "data"},
        "object": {"key": "datasets/reviews/all.csv"},
    }
}
HAPPY: dict[str, dict[str, Any]] = {
    "Inspect": {"outcome": "ready", "run": "reviews-1", "model": "reviews"},
    "StartTraining": {"outcome": "started"},
    "CheckTraining": {"outcome": "completed", "age_seconds": 100},
    "Judge": {"outcome": "promote"},
    "CreateModel": {"outcome": "created"},
    "Deploy": {"outcome": "deploying"},
    "CheckEndpoint": {"outcome": "live", "age_seconds": 60},
    "Verify": {"outcome": "verified"},
    "Promote": {"outcome": "promoted", "grace": True},
    "Retire": {"outcome": "retired"},
    "Explain": {"outcome": "cleaned", "run": "reviews-1"},
    "Notify": {"outcome": "notified"},
    "NextDrop": {"outcome": "checked"},
}
OUTCOMES = {
    state.title().replace(" ", ""): [*outcomes]
    for state, outcomes in STATE_OUTCOMES.items()
}
OUTCOMES["Inspect"] = [
    outcome
    for state in ("Inspect", "Check shard", "Decide", "Write shard", "Publish")
    for outcome in STATE_OUTCOMES[state]
]
STATES = load()["States"]
ITEM_STATES = {name: s for name, s in every_state(STATES).items() if name not in STATES}
TASKS = [name for name, state in STATES.items() if state["Type"] == "Task"]


class Functions:
    """Answers from a table, in which a list is used up one call at a time; remembers what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {**HAPPY, **answers}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __call__(
        self, name: str, payload: dict[str, Any], now: float
    ) -> dict[str, Any]:
        self.calls.append((name, payload))
        answer = self.answers[name]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        result: dict[str, Any] = answer(now) if callable(answer) else answer
        assert result["outcome"] in set(OUTCOMES[name])
        return result

    def payloads(self, name: str) -> list[dict[str, Any]]:
        return [payload for called, payload in self.calls if called == name]


def execute(
    functions: Functions, event: dict[str, Any] | None = None, **parameters: int
) -> Execution:
    execution = Execution(load(**parameters), functions, event or EVENT)
    execution.run()
    return execution


def successors(state: dict[str, Any]) -> set[str]:
    rules = [*state.get("Choices", []), *state.get("Catch", [])]
    return {rule["Next"] for rule in rules} | {
        state[key] for key in ("Next", "Default") if key in state
    }


def test_every_state_leads_to_states_that_exist() -> None:
    assert {
        name for state in STATES.values() for name in successors(state)
    } <= STATES.keys()


def test_every_state_can_be_reached() -> None:
    reached, waiting = set(), {load()["StartAt"]}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= successors(STATES[name]) - reached
    assert reached == STATES.keys()


@pytest.mark.parametrize("name", TASKS)
def test_every_task_retries_throttling_and_catches_everything(name: str) -> None:
    retried = {
        error for retry in STATES[name]["Retry"] for error in retry["ErrorEquals"]
    }
    assert {
        "Lambda.TooManyRequestsException",
        "Lambda.ServiceException",
        "TransientError",
        "States.TaskFailed",
    } <= retried
    assert STATES[name]["Catch"][0]["ErrorEquals"] == ["States.ALL"]


def test_a_good_drop_goes_live_and_the_old_release_is_retired_after_the_grace_time() -> (
    None
):
    execution = execute(Functions(), GraceSeconds=7200)
    assert execution.path[-4:] == ["Ended", "Grace time", "Retire", "Done"]
    assert execution.now >= 7200


def test_waits_for_a_drop_that_is_still_arriving() -> None:
    arriving = {"outcome": "arriving", "wait_seconds": 7}
    functions = Functions(Inspect=[arriving, arriving, HAPPY["Inspect"]])
    assert execute(functions).path.count("Inspect") == 3


@pytest.mark.parametrize("outcome", ["duplicate", "ignored"])
def test_a_drop_that_another_execution_holds_ends_quietly(outcome: str) -> None:
    functions = Functions(Inspect={"outcome": outcome, "run": "other"})
    assert execute(functions).path[-1] == "Nothing to do"
    assert [name for name, _ in functions.calls] == ["Inspect"]


def test_no_execution_waits_for_a_busy_model() -> None:
    functions = Functions(Inspect={"outcome": "busy", "run": "other"})
    execution = execute(functions)
    assert execution.path[-1] == "Nothing to do"
    assert execution.now == 0
    assert [name for name, _ in functions.calls] == ["Inspect"]


def test_a_drop_that_arrives_for_more_than_a_day_is_left_to_the_sweep() -> None:
    arriving = {"outcome": "arriving", "wait_seconds": 10}
    execution = execute(Functions(Inspect=arriving))
    assert execution.path[-1] == "Nothing to do"
    assert DAY <= execution.now <= DAY + 1800


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"Inspect": {"outcome": "rejected", "run": "reviews-1"}},
        {"Judge": {"outcome": "keep"}},
        {"Verify": {"outcome": "wrong"}},
        {"Verify": {"outcome": "wrong"}, "Notify": LambdaError("Boom")},
    ],
)
def test_whatever_became_of_a_run_the_drop_behind_it_is_next(
    answers: dict[str, Any],
) -> None:
    functions = Functions(**answers)
    execution = execute(functions)
    assert functions.payloads("NextDrop") == [{"run": "reviews-1"}]
    if "Grace time" in execution.path:
        grace, following = (
            execution.path.index(name) for name in ("Grace time", "Next drop")
        )
        assert following < grace


def test_a_drop_that_could_not_be_begun_is_left_to_the_sweep() -> None:
    execution = execute(Functions(NextDrop=LambdaError("Boom")))
    assert execution.path[-1] == "Done"


def test_a_rejected_drop_is_told_and_trains_nothing() -> None:
    functions = Functions(
        Inspect={"outcome": "rejected", "run": "reviews-1", "model": "reviews"}
    )
    execution = execute(functions)
    assert execution.path[-1] == "Done"
    assert functions.payloads("Notify") == [{"run": "reviews-1", "ending": "rejected"}]
    assert not functions.payloads("StartTraining")


def sharded(decided: str, failing: str = "") -> Functions:
    """A drop of three shards; `failing` is the step that raises."""

    def inspect(payload: dict[str, Any]) -> dict[str, Any]:
        step = payload.get("shard_step", "")
        if step and step == failing:
            raise LambdaError("MemoryError")
        outcomes = {"check": "checked", "decide": decided, "write": "written"}
        outcomes |= {"publish": "ready", "": "sharded"}
        return {"outcome": outcomes[step], "run": "reviews-1", "shards": 3}

    class ShardedFunctions(Functions):
        def __call__(
            self, name: str, payload: dict[str, Any], now: float
        ) -> dict[str, Any]:
            if name == "Inspect":
                self.answers[name] = lambda _: inspect(payload)
            return super().__call__(name, payload, now)

    return ShardedFunctions()


def test_a_large_drop_is_inspected_in_shards() -> None:
    functions = sharded("decided")
    assert execute(functions).path[-1] == "Done"
    steps = [
        (payload.get("shard_step"), payload.get("shard"))
        for payload in functions.payloads("Inspect")
    ]
    checked = [("check", 0), ("check", 1), ("check", 2)]
    written = [("write", 0), ("write", 1), ("write", 2)]
    assert steps == [
        (None, None),
        *checked,
        ("decide", None),
        *written,
        ("publish", None),
    ]
    assert functions.payloads("StartTraining")[0]["run"] == "reviews-1"


def test_a_large_drop_that_is_rejected_trains_nothing() -> None:
    functions = sharded("rejected")
    execute(functions)
    assert functions.payloads("Notify") == [{"run": "reviews-1", "ending": "rejected"}]
    assert not functions.payloads("StartTraining")


@pytest.mark.parametrize("step", ["check", "decide", "write", "publish"])
def test_a_shard_that_fails_is_explained(step: str) -> None:
    functions = sharded("decided", failing=step)
    path = execute(functions).path
    assert "Explain" in path
    assert path[-1] == "Failed"
    assert functions.payloads("Explain")[0]["step"] == "inspect"


def test_a_failure_inside_a_map_is_the_maps() -> None:
    maps = [state for state in STATES.values() if state["Type"] == "Map"]
    assert len(maps) == 2
    for state in maps:
        assert state["Catch"][0]["ErrorEquals"] == ["States.ALL"]
        assert "ToleratedFailurePercentage" not in state
    assert not any("Catch" in state for state in ITEM_STATES.values())
    assert all(state["Retry"] for state in ITEM_STATES.values())


def test_a_model_that_loses_is_not_deployed() -> None:
    functions = Functions(Judge={"outcome": "keep"})
    execute(functions)
    assert functions.payloads("Notify") == [{"run": "reviews-1", "ending": "kept back"}]
    assert not functions.payloads("CreateModel")


@pytest.mark.parametrize(
    ("function", "outcome", "step"),
    [
        ("CheckTraining", {"outcome": "failed", "age_seconds": 1}, "train"),
        ("CheckTraining", {"outcome": "stopped", "age_seconds": 1}, "train"),
        ("CheckEndpoint", {"outcome": "rolled_back", "age_seconds": 1}, "deploy"),
        ("CheckEndpoint", {"outcome": "failed", "age_seconds": 1}, "deploy"),
        ("Verify", {"outcome": "wrong"}, "verify"),
    ],
)
def test_a_step_that_fails_is_explained_and_told(
    function: str, outcome: dict[str, Any], step: str
) -> None:
    functions = Functions(**{function: outcome})
    assert execute(functions).path[-5:] == [
        "Explain",
        "Next drop",
        "Notify",
        "Ended",
        "Failed",
    ]
    assert functions.payloads("Explain")[0]["step"] == step
    assert functions.payloads("Notify") == [{"run": "reviews-1", "ending": "failed"}]


@pytest.mark.parametrize(
    "function",
    [name for name in HAPPY if name not in {"Explain", "Notify", "NextDrop", "Retire"}],
)
def test_a_function_that_raises_is_explained_with_its_error(function: str) -> None:
    functions = Functions(**{function: LambdaError("KeyError", "'labels'")})
    assert execute(functions).path[-5:] == [
        "Explain",
        "Next drop",
        "Notify",
        "Ended",
        "Failed",
    ]
    explained = functions.payloads("Explain")[0]
    assert (explained["error"], explained["cause"]) == ("KeyError", "'labels'")
    assert explained["key"] == "datasets/reviews/all.csv"


@pytest.mark.parametrize(
    "function",
    [name for name in HAPPY if name not in {"Explain", "Notify", "NextDrop", "Retire"}],
)
def test_an_error_without_a_cause_is_explained_too(function: str) -> None:
    functions = Functions(**{function: LambdaError("Sandbox.Timedout")})
    assert execute(functions).path[-5:] == [
        "Explain",
        "Next drop",
        "Notify",
        "Ended",
        "Failed",
    ]
    explained = functions.payloads("Explain")[0]
    assert (explained["error"], explained["cause"]) == ("Sandbox.Timedout", "")


def test_no_variable_is_assigned_a_plain_empty_text() -> None:
    """asl-validator refuses one; an expression for it says the same."""
    assigned = [state.get("Assign", {}) for state in STATES.values()]
    assert "" not in [value for values in assigned for value in values.values()]


def test_no_partition_is_written_out() -> None:
    assert "arn:aws:" not in DEFINITION.read_text()


def test_the_path_begins_in_another_partition_too() -> None:
    resources = {load(Partition="aws-cn")["States"][name]["Resource"] for name in TASKS}
    assert resources == {"arn:aws-cn:states:::lambda:invoke"}


def test_a_run_that_could_not_be_ended_is_not_reported_as_ended() -> None:
    """The execution fails, which calls the sweep: that ends the run, and only then tells subscribers."""
    functions = Functions(Verify={"outcome": "wrong"}, Explain=LambdaError("Timeout"))
    assert execute(functions).path[-3:] == ["Explain", "Ended", "Failed"]
    assert not functions.payloads("Notify")


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize(
    "output", [{}, {"Error": "E"}, {"Cause": "c"}, {"Error": "E", "Cause": "c"}]
)
def test_no_catch_fails_for_want_of_a_name_or_a_cause(
    name: str, output: dict[str, str]
) -> None:
    execution = Execution(load(), Functions(), EVENT)
    execution.variables = {"unseen": 0}
    for catch in STATES[name]["Catch"]:
        execution.leave(catch, {}, errorOutput=output)
    assert str(execution.variables.get("error", "E")) in {"E", "Unknown"}


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


def test_an_endpoint_that_never_gets_ready_fails_after_two_hours() -> None:
    functions = Functions(
        CheckEndpoint=lambda now: {"outcome": "deploying", "age_seconds": now}
    )
    assert execute(functions).path[-1] == "Failed"


def test_capacity_is_waited_for_and_then_given_up() -> None:
    execution = execute(
        Functions(StartTraining={"outcome": "no_capacity"}), MaxQueueHours=48
    )
    assert execution.path[-1] == "Failed"
    assert 48 * 3600 <= execution.now < 49 * 3600


def test_a_spot_job_that_found_no_instance_is_followed_by_another_job() -> None:
    """It is being stopped at the second check, and is stopped at the third."""
    running = {"outcome": "running", "age_seconds": 1900}
    stopped = {"outcome": "no_capacity", "age_seconds": 2000}
    functions = Functions(
        CheckTraining=[running, running, stopped, HAPPY["CheckTraining"]]
    )
    path = execute(functions).path
    assert [
        path.count(name) for name in ("Start training", "Check training", "Done")
    ] == [2, 4, 1]


def longest_execution() -> Execution:
    """A day behind another run, a week without capacity, 28 days of training, two hours of deployment."""
    trained = {"until": 0.0}

    def inspect(now: float) -> dict[str, Any]:
        return (
            {"outcome": "arriving", "wait_seconds": 10}
            if now < DAY - 1800
            else HAPPY["Inspect"]
        )

    def start(now: float) -> dict[str, Any]:
        trained["until"] = now + 28 * DAY
        return {"outcome": "no_capacity" if now < 7.9 * DAY else "started"}

    def check(now: float) -> dict[str, Any]:
        age = now - trained["until"] + 28 * DAY
        return {
            "outcome": "running" if age < 28 * DAY else "completed",
            "age_seconds": age,
        }

    def endpoint(now: float) -> dict[str, Any]:
        age = now - trained["until"]
        return {"outcome": "deploying" if age < 7000 else "live", "age_seconds": age}

    functions = Functions(
        Inspect=inspect,
        StartTraining=start,
        CheckTraining=check,
        CheckEndpoint=endpoint,
    )
    return execute(functions, MaxQueueHours=168, PollSeconds=1, CapacitySeconds=1)


def test_the_longest_job_stays_under_the_history_limit() -> None:
    execution = longest_execution()
    assert execution.path[-1] == "Done"
    assert execution.now > 35 * DAY
    assert execution.events < 20_000, (
        "25,000 is Step Functions' limit; the rest is for retries"
    )


def test_the_state_stays_under_32_kilobytes_with_the_largest_key_and_error() -> None:
    event = {
        "detail": {
            "bucket": {"name": "b" * 63},
            "object": {"key": "datasets/" + "ü" * 500},
        },
        "padding": "x" * 1000,
    }
    execution = execute(Functions(Verify=LambdaError("E" * 200, "ü" * 100_000)), event)
    assert execution.path[-1] == "Failed"
    assert execution.largest_state < 32 * 1024
