"""The workflow's definition: its shape, its paths, and the limits it must keep."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.statemachine.functions import (
    DAY,
    EVENT,
    HAPPY,
    STATES,
    TASKS,
    Functions,
    execute,
)
from tests.unit.statemachine.interpreter import (
    DEFINITION,
    Execution,
    LambdaError,
    load,
)


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


def test_a_release_is_verified_beside_the_live_one_and_then_in_its_place() -> None:
    functions = Functions()
    execute(functions)
    for name in ("Deploy", "CheckEndpoint", "Verify"):
        stages = [payload["stage"] for payload in functions.payloads(name)]
        assert stages == ["candidate", "stable"], name
    names = [name for name, _ in functions.calls]
    assert names.index("Promote") > names.index("Verify") + 3


def test_a_release_that_is_refused_never_comes_to_the_stable_endpoint() -> None:
    functions = Functions(Verify={"outcome": "wrong"})
    execute(functions)
    assert [payload["stage"] for payload in functions.payloads("Deploy")] == [
        "candidate"
    ]


def test_a_first_release_is_promoted_where_it_was_verified() -> None:
    functions = Functions(Deploy=[{"outcome": "deploying"}, {"outcome": "in_place"}])
    assert execute(functions).path[-1] == "Done"
    assert len(functions.payloads("Verify")) == len(functions.payloads("Promote")) == 1


def test_a_switch_that_fails_is_explained_as_a_deployment() -> None:
    rolled_back = {"outcome": "rolled_back", "age_seconds": 1}
    functions = Functions(CheckEndpoint=[HAPPY["CheckEndpoint"], rolled_back])
    assert execute(functions).path[-1] == "Failed"
    assert functions.payloads("Explain")[0]["step"] == "deploy"
    assert not functions.payloads("Promote")


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
@pytest.mark.parametrize(
    ("error", "cause"), [("KeyError", "'labels'"), ("Sandbox.Timedout", "")]
)
def test_a_function_that_raises_is_explained_with_its_error(
    error: str, cause: str, function: str
) -> None:
    functions = Functions(**{function: LambdaError(error, cause)})
    assert execute(functions).path[-5:] == [
        "Explain",
        "Next drop",
        "Notify",
        "Ended",
        "Failed",
    ]
    explained = functions.payloads("Explain")[0]
    assert (explained["error"], explained["cause"]) == (error, cause)
    assert explained["key"] == "datasets/reviews/all.csv"


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


@pytest.mark.parametrize(
    ("begin", "first"),
    [("inspect", "Inspect"), ("train", "StartTraining"), ("deploy", "CreateModel")],
)
def test_a_retried_run_begins_with_the_step_that_it_names(
    begin: str, first: str
) -> None:
    functions = Functions()
    execution = execute(functions, EVENT | {"run": "reviews-1", "begin": begin})
    assert functions.calls[0][0] == first
    assert functions.payloads("Promote") == [{"run": "reviews-1"}]
    assert execution.end == "Succeed"


def test_every_function_of_a_run_is_told_the_execution_that_has_to_own_it() -> None:
    functions = Functions(Verify={"outcome": "wrong"})
    execution = execute(functions)
    owners = {payload.get("execution") for _, payload in functions.calls}
    assert owners == {execution.arn}


def test_a_retry_that_fails_at_once_is_explained_as_the_failure_of_its_run() -> None:
    functions = Functions(StartTraining=LambdaError("AccessDenied"))
    execute(functions, EVENT | {"run": "reviews-1", "begin": "train"})
    assert functions.payloads("Explain")[0]["run"] == "reviews-1"
