"""The Amazon States Language where ministack reads it more loosely than AWS does."""

from __future__ import annotations

import json
import random
from typing import Any

from ministack.services import stepfunctions

from localcloud.engine.patching import replace, symbol

PAYLOAD_LIMIT = 262_144
"""Bytes of a state's input or output."""
_UNCATCHABLE = frozenset({"States.Runtime", "States.DataLimitExceeded"})


def _matches(original: Any) -> Any:
    """`States.ALL` and `States.TaskFailed` do not catch what AWS says nothing catches."""

    def matches(error_equals: list[str], error: str) -> bool:
        return error in error_equals if error in _UNCATCHABLE else bool(original(error_equals, error))

    return matches


def retry_delay(retrier: dict[str, Any], attempt: int) -> float:
    """Seconds before the `attempt`-th retry (from 0), under the retrier's cap and jitter."""
    delay = float(retrier.get("IntervalSeconds", 1)) * float(retrier.get("BackoffRate", 2.0)) ** attempt
    delay = min(delay, float(retrier.get("MaxDelaySeconds", delay)))
    return random.uniform(0, delay) if retrier.get("JitterStrategy") == "FULL" else delay


def _retrier(original: Any) -> Any:
    def find(retriers: list[dict[str, Any]], error: str, retry_counts: dict[int, int]) -> Any:
        retrier, index = original(retriers, error, retry_counts)
        if retrier is None:
            return retrier, index
        delay = retry_delay(retrier, retry_counts.get(index, 0))
        return retrier | {"IntervalSeconds": delay, "BackoffRate": 1}, index

    return find


def _condition(_: Any) -> Any:
    """A `Condition` must come out as true or false; AWS takes nothing else for either."""

    def evaluate(rule: dict[str, Any], raw_input: Any, ctx: Any) -> bool:
        value = stepfunctions._apply_jsonata_template(rule.get("Condition"), raw_input, ctx)
        if not isinstance(value, bool):
            raise stepfunctions._ExecutionError(
                "States.QueryEvaluationError",
                f"The JSONata expression specified for the field 'Condition' returned an unexpected result type. "
                f"Expected 'boolean', but was '{stepfunctions._json_type(value)}' for value: {json.dumps(value)}",
            )
        return value

    return evaluate


def _choice(original: Any) -> Any:
    """`Output` and `Assign` of a Choice state hold for its Default."""

    def choose(state_def: dict[str, Any], raw_input: Any, ctx: Any = None) -> Any:
        if stepfunctions._state_query_language(state_def, ctx) != "JSONata":
            return original(state_def, raw_input, ctx)
        rules = state_def.get("Choices", [])
        matching = (r for r in rules if stepfunctions._evaluate_jsonata_choice_rule(r, raw_input, ctx))
        taken = next(matching, None) or state_def
        target = taken.get("Next") or state_def.get("Default")
        if target is None:
            raise stepfunctions._ExecutionError("States.NoChoiceMatched", "No choice rule matched and no Default")
        output = stepfunctions._apply_jsonata_output(taken, raw_input, ctx, default=raw_input)
        stepfunctions._apply_state_assign(taken, raw_input, ctx)
        return output, target

    return choose


def _assign(_: Any) -> Any:
    """All expressions of one `Assign` see the variables as they were before it."""

    def assign(
        state_def: dict[str, Any], raw_input: Any, ctx: Any, result: Any = None, error_output: Any = None
    ) -> None:
        templates = state_def.get("Assign")
        if ctx is None or not templates or stepfunctions._state_query_language(state_def, ctx) != "JSONata":
            return
        fresh = stepfunctions._apply_jsonata_template(
            templates, raw_input, ctx, result=result, error_output=error_output
        )
        # Replaced, not changed: branches that run at the same time may be reading.
        ctx["variables"] = ctx.get("variables", {}) | fresh

    return assign


def _output(original: Any) -> Any:
    """`Output` of a JSONata Succeed state."""

    def output(state_def: dict[str, Any], data: Any, ctx: Any = None) -> Any:
        if state_def.get("Type") == "Succeed" and stepfunctions._state_query_language(state_def, ctx) == "JSONata":
            return stepfunctions._apply_jsonata_output(state_def, data, ctx, default=data)
        return original(state_def, data, ctx)

    return output


def _payload(original: Any) -> Any:
    def call(func_ref: str, event: Any) -> Any:
        result = original(func_ref, event)
        if len(json.dumps(result)) > PAYLOAD_LIMIT:
            raise stepfunctions._ExecutionError(
                "States.DataLimitExceeded",
                f"The function {func_ref!r} returned a result with a size exceeding the maximum number of bytes "
                f"service limit ({PAYLOAD_LIMIT}).",
            )
        return result

    return call


def apply() -> None:
    for name in ("_apply_jsonata_template", "_apply_jsonata_output", "_state_query_language", "_json_type"):
        symbol(stepfunctions, name)
    replace(stepfunctions, "_error_matches", "error_equals error", _matches)
    replace(stepfunctions, "_find_matching_retrier", "retriers error retry_counts", _retrier)
    replace(stepfunctions, "_evaluate_jsonata_choice_rule", "rule raw_input ctx", _condition)
    replace(stepfunctions, "_execute_choice", "state_def raw_input ctx", _choice)
    replace(stepfunctions, "_apply_state_assign", "state_def raw_input ctx result error_output", _assign)
    replace(stepfunctions, "_apply_output_path", "state_def data ctx", _output)
    replace(stepfunctions, "_call_lambda", "func_ref event", _payload)
