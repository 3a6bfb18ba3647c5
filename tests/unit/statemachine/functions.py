"""The functions that the workflow calls, as a table of answers, and an execution of the workflow on them."""

from __future__ import annotations

from typing import Any

from contracts.outcomes import STATE_OUTCOMES
from tests.unit.statemachine.interpreter import (
    Execution,
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
    # Of a release of a live model; a first one is `in_place` after it was verified.
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
        """Without the execution, which all have."""
        payloads = [payload for called, payload in self.calls if called == name]
        return [
            {key: value for key, value in payload.items() if key != "execution"}
            for payload in payloads
        ]


def execute(
    functions: Functions, event: dict[str, Any] | None = None, **parameters: int
) -> Execution:
    execution = Execution(load(**parameters), functions, event or EVENT)
    execution.run()
    return execution
