"""Runs the state machine's definition in memory: JSONata by the library the local engine uses, time by a counter.

It knows the state types the workflow has and their retriers (jitter at its mean), counts history events as Step
Functions does (per state entered and exited, three per Lambda call) and keeps the size of the largest state, variables
included. `run` drives one execution to its end; `steps` lets others do something at the moments between.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jsonata.jsonata import Jsonata

ROOT = Path(__file__).parents[3]
DEFINITION = ROOT / "statemachine" / "train_and_deploy.asl.json"
BATCH_DEFINITION = ROOT / "statemachine" / "batch.asl.json"

EVENTS_OF_A_STATE = 2
EVENTS_OF_A_LAMBDA_CALL = 3
EVENTS_OF_AN_EXECUTION = 2


class LambdaError(Exception):
    """What a call of a Lambda came to, or what refused it: the state's retriers and its catcher see to it."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error)
        self.error, self.cause = error, cause


class UndefinedError(Exception):
    """An expression yielded nothing, which fails the state: `States.QueryEvaluationError`."""


def every_state(states: dict[str, Any]) -> dict[str, Any]:
    """The states of a machine and those inside its Maps."""
    inner = [
        every_state(state["ItemProcessor"]["States"])
        for state in states.values()
        if state["Type"] == "Map"
    ]
    return {name: state for group in (states, *inner) for name, state in group.items()}


def load(**substitutions: int | str) -> dict[str, Any]:
    """The workflow's definition with numbers for the template's parameters; a function's ARN is its own name."""
    return load_from(DEFINITION, **substitutions)


def load_from(source: Path, **substitutions: int | str) -> dict[str, Any]:
    """A definition with numbers for the template's parameters; a function's ARN is its own name."""
    values = {
        "Partition": "aws",
        "PollSeconds": 30,
        "CapacitySeconds": 300,
        "MaxQueueHours": 24,
        "GraceSeconds": 3600,
    } | substitutions
    text = source.read_text()
    for name, value in values.items():
        text = text.replace("${" + name + "}", str(value))
    definition = json.loads(text.replace("${", "").replace('Function}"', '"'))
    return definition if isinstance(definition, dict) else {}


@dataclass
class Execution:
    """One execution; `functions` answers a function's payload at a time in seconds since the start."""

    definition: dict[str, Any]
    functions: Callable[[str, dict[str, Any], float], dict[str, Any]]
    input: dict[str, Any]
    arn: str = "arn:aws:states:us-east-1:123456789012:execution:traindrop:1"
    now: float = 0.0
    events: int = EVENTS_OF_AN_EXECUTION
    largest_state: int = 0
    path: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    position: tuple[str, Any] | None = None
    """The state that comes next, and its input; None before the first."""
    end: str = ""
    """The type of the state it ended in: Succeed or Fail."""
    _retries: dict[int, int] = field(default_factory=dict)
    """Retrier of the state -> how often it has been used."""

    def run(self) -> str:
        """To the end; the type of the state it ended in."""
        for _ in self.steps():
            pass
        return self.end

    def steps(self) -> Iterator[float]:
        """Yields the time before every state but the first, and before every retry."""
        name, value = self.position or (self.definition["StartAt"], self.input)
        while True:
            state = self.definition["States"][name]
            self.path.append(name)
            self.events += EVENTS_OF_A_STATE
            self._measure(value)
            if state["Type"] in {"Succeed", "Fail"}:
                self.end = str(state["Type"])
                return
            self._retries.clear()
            following = self._follow(state, value)
            while following is None:
                yield self.now
                following = self._follow(state, value)
            name, value = self.position = following
            yield self.now

    def _follow(self, state: dict[str, Any], value: Any) -> tuple[str, Any] | None:
        """The next state and its input; None where this one is tried again, at the time that is now."""
        following: tuple[str, Any] | None = getattr(self, "_" + state["Type"].lower())(
            state, value
        )
        return following

    def _measure(self, value: Any) -> None:
        self.largest_state = max(
            self.largest_state, len(json.dumps([value, self.variables]).encode())
        )

    def _evaluate(self, template: Any, states: dict[str, Any]) -> Any:
        if isinstance(template, dict):
            return {
                key: self._evaluate(piece, states) for key, piece in template.items()
            }
        if not (isinstance(template, str) and template.startswith("{%")):
            return template
        expression = _parsed(template[2:-2].strip())
        result = expression.evaluate(None, {**self.variables, "states": states})
        if result is None:
            raise UndefinedError(f"{template} did not return a result")
        return result

    def _states(self, value: Any, **more: Any) -> dict[str, Any]:
        return {"input": value, "context": {"Execution": {"Id": self.arn}}, **more}

    def leave(self, state: dict[str, Any], value: Any, **more: Any) -> Any:
        """Assign and Output see the variables as they were on entry."""
        states = self._states(value, **more)
        assigned = self._evaluate(state.get("Assign", {}), states)
        output = self._evaluate(state["Output"], states) if "Output" in state else value
        self.variables |= assigned
        return output

    def _pass(self, state: dict[str, Any], value: Any) -> tuple[str, Any]:
        return state["Next"], self.leave(state, value)

    def _wait(self, state: dict[str, Any], value: Any) -> tuple[str, Any]:
        self.now += self._evaluate(state["Seconds"], self._states(value))
        return state["Next"], self.leave(state, value)

    def _choice(self, state: dict[str, Any], value: Any) -> tuple[str, Any]:
        for rule in state["Choices"]:
            if self._evaluate(rule["Condition"], self._states(value)) is True:
                return rule["Next"], value
        return state["Default"], value

    def _task(self, state: dict[str, Any], value: Any) -> tuple[str, Any] | None:
        arguments = self._evaluate(state["Arguments"], self._states(value))
        self.events += EVENTS_OF_A_LAMBDA_CALL
        try:
            payload = self.functions(
                arguments["FunctionName"], arguments["Payload"], self.now
            )
        except LambdaError as error:
            return (
                None
                if self._waits_to_retry(state, error)
                else self._catch(state, value, error)
            )
        return state["Next"], self.leave(state, value, result={"Payload": payload})

    def _map(self, state: dict[str, Any], value: Any) -> tuple[str, Any] | None:
        """Each item is an execution of its own, which knows no variables but its input."""
        items = self._evaluate(state["Items"], self._states(value))
        results = []
        try:
            for item in items:
                results.append(self._of_item(state["ItemProcessor"], item))
        except LambdaError:
            error = LambdaError("States.ExceedToleratedFailureThreshold", "exceeded")
            return self._catch(state, value, error)
        return state["Next"], self.leave(state, value, result=results)

    def _of_item(self, processor: dict[str, Any], item: Any) -> Any:
        state = processor["States"][processor["StartAt"]]
        assert state["End"], "an item has one state"
        execution = Execution({}, self.functions, item, now=self.now)
        while True:
            following = execution._task(state | {"Next": ""}, item)
            if following is not None:
                return following[1]

    def _waits_to_retry(self, state: dict[str, Any], error: LambdaError) -> bool:
        """Whether a retrier of the state takes the error; the clock then stands at the moment of the retry."""
        for number, retrier in enumerate(state["Retry"]):
            if not _matches(retrier, error.error):
                continue
            used = self._retries.get(number, 0)
            if used >= retrier["MaxAttempts"]:
                return False
            self._retries[number] = used + 1
            seconds = retrier["IntervalSeconds"] * retrier["BackoffRate"] ** used
            self.now += min(seconds, retrier["MaxDelaySeconds"]) / 2
            return True
        return False

    def _catch(
        self, state: dict[str, Any], value: Any, error: LambdaError
    ) -> tuple[str, Any]:
        if "Catch" not in state:
            raise error
        catch = state["Catch"][0]
        cause = {"Cause": error.cause} if error.cause else {}
        output = {"Error": error.error, **cause}
        return catch["Next"], self.leave(catch, value, errorOutput=output)


@cache
def _parsed(expression: str) -> Jsonata:
    return Jsonata(expression)


def _matches(retrier: dict[str, Any], error: str) -> bool:
    names = retrier["ErrorEquals"]
    is_failure = "States.TaskFailed" in names and error != "States.Timeout"
    return error in names or "States.ALL" in names or is_failure
