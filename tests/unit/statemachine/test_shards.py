"""The path of a large drop: its files are checked, decided about and written in shards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.statemachine.functions import (
    ITEM_STATES,
    STATES,
    Functions,
    execute,
)
from tests.unit.statemachine.interpreter import (
    LambdaError,
)


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
