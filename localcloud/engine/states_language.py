"""The Amazon States Language where ministack reads it more loosely than AWS does."""

from __future__ import annotations

import json
import random
from typing import Any

from ministack.services import stepfunctions

from localcloud.engine.common.patching import replace, symbol

MAX_PAYLOAD_BYTES = 262_144
"""Of a state's input or output."""
_UNCATCHABLE = frozenset({"States.Runtime", "States.DataLimitExceeded"})
_HELPERS = (
    "_apply_jsonata_template",
    "_apply_jsonata_output",
    "_apply_state_assign",
    "_evaluate_jsonata_choice_rule",
    "_state_query_language",
    "_json_type",
)
"""Functions of ministack that the patches call."""


def _is_jsonata(state: dict[str, Any], context: Any) -> bool:
    return bool(stepfunctions._state_query_language(state, context) == "JSONata")


def _match_errors(original: Any) -> Any:
    """`States.ALL` and `States.TaskFailed` do not catch what AWS says nothing catches."""

    def matches(error_equals: list[str], error: str) -> bool:
        if error in _UNCATCHABLE:
            return error in error_equals
        return bool(original(error_equals, error))

    return matches


def _find_retrier(original: Any) -> Any:
    """The delay before a retry keeps to the retrier's cap and jitter."""

    def find(
        retriers: list[dict[str, Any]], error: str, retry_counts: dict[int, int]
    ) -> Any:
        retrier, index = original(retriers, error, retry_counts)
        if retrier is None:
            return retrier, index
        delay = retry_delay_seconds(retrier, retry_counts.get(index, 0))
        return retrier | {"IntervalSeconds": delay, "BackoffRate": 1}, index

    return find


def retry_delay_seconds(retrier: dict[str, Any], attempt: int) -> float:
    """The time before the `attempt`-th retry (from 0), under the retrier's cap and jitter."""
    interval = float(retrier.get("IntervalSeconds", 1))
    delay = interval * float(retrier.get("BackoffRate", 2.0)) ** attempt
    delay = min(delay, float(retrier.get("MaxDelaySeconds", delay)))
    return (
        random.uniform(0, delay) if retrier.get("JitterStrategy") == "FULL" else delay
    )


def _evaluate_condition(_: Any) -> Any:
    """A `Condition` must come out as true or false; AWS takes nothing else for either."""

    def evaluate(rule: dict[str, Any], raw_input: Any, ctx: Any) -> bool:
        value = stepfunctions._apply_jsonata_template(
            rule.get("Condition"), raw_input, ctx
        )
        if not isinstance(value, bool):
            raise stepfunctions._ExecutionError(
                "States.QueryEvaluationError",
                f"The JSONata expression specified for the field 'Condition' returned an unexpected result type. "
                f"Expected 'boolean', but was '{stepfunctions._json_type(value)}' for value: {json.dumps(value)}",
            )
        return value

    return evaluate


def _execute_choice(original: Any) -> Any:
    """`Output` and `Assign` of a Choice state hold for its Default."""

    def choose(state_def: dict[str, Any], raw_input: Any, ctx: Any = None) -> Any:
        if not _is_jsonata(state_def, ctx):
            return original(state_def, raw_input, ctx)
        rule = _first_true_rule(state_def, raw_input, ctx)
        taken = state_def if rule is None else rule
        target = taken.get("Next") or state_def.get("Default")
        if target is None:
            raise stepfunctions._ExecutionError(
                "States.NoChoiceMatched", "No choice rule matched and no Default"
            )
        output = stepfunctions._apply_jsonata_output(
            taken, raw_input, ctx, default=raw_input
        )
        stepfunctions._apply_state_assign(taken, raw_input, ctx)
        return output, target

    return choose


def _first_true_rule(
    state: dict[str, Any], raw_input: Any, context: Any
) -> dict[str, Any] | None:
    rule: dict[str, Any]
    for rule in state.get("Choices", []):
        if stepfunctions._evaluate_jsonata_choice_rule(rule, raw_input, context):
            return rule
    return None


def _apply_assign(_: Any) -> Any:
    """All expressions of one `Assign` see the variables as they were before it."""

    def assign(
        state_def: dict[str, Any],
        raw_input: Any,
        ctx: Any,
        result: Any = None,
        error_output: Any = None,
    ) -> None:
        templates = state_def.get("Assign")
        if ctx is None or not templates or not _is_jsonata(state_def, ctx):
            return
        assigned = stepfunctions._apply_jsonata_template(
            templates, raw_input, ctx, result=result, error_output=error_output
        )
        # Replaced, not changed: branches that run at the same time may be reading.
        ctx["variables"] = ctx.get("variables", {}) | assigned

    return assign


def _omit_empty_cause(original: Any) -> Any:
    """An error without a cause has no `Cause` in its output: an expression that reads it yields nothing and fails."""

    def apply_catcher(
        catcher: dict[str, Any],
        raw_input: Any,
        ctx: Any,
        query_language: str,
        error_output: dict[str, Any],
    ) -> Any:
        present = {name: value for name, value in error_output.items() if value}
        return original(catcher, raw_input, ctx, query_language, present)

    return apply_catcher


def _apply_output(original: Any) -> Any:
    """`Output` of a JSONata Succeed state."""

    def output(state_def: dict[str, Any], data: Any, ctx: Any = None) -> Any:
        if state_def.get("Type") == "Succeed" and _is_jsonata(state_def, ctx):
            return stepfunctions._apply_jsonata_output(
                state_def, data, ctx, default=data
            )
        return original(state_def, data, ctx)

    return output


def _limit_payload(original: Any) -> Any:
    def call(func_ref: str, event: Any) -> Any:
        result = original(func_ref, event)
        if len(json.dumps(result)) > MAX_PAYLOAD_BYTES:
            raise stepfunctions._ExecutionError(
                "States.DataLimitExceeded",
                f"The function {func_ref!r} returned a result with a size exceeding the maximum number of bytes "
                f"service limit ({MAX_PAYLOAD_BYTES}).",
            )
        return result

    return call


def apply() -> None:
    for name in _HELPERS:
        symbol(stepfunctions, name)
    replace(stepfunctions, "_error_matches", "error_equals error", _match_errors)
    replace(
        stepfunctions,
        "_find_matching_retrier",
        "retriers error retry_counts",
        _find_retrier,
    )
    replace(
        stepfunctions,
        "_evaluate_jsonata_choice_rule",
        "rule raw_input ctx",
        _evaluate_condition,
    )
    replace(
        stepfunctions, "_execute_choice", "state_def raw_input ctx", _execute_choice
    )
    replace(
        stepfunctions,
        "_apply_state_assign",
        "state_def raw_input ctx result error_output",
        _apply_assign,
    )
    replace(
        stepfunctions,
        "_apply_catcher",
        "catcher raw_input ctx query_language error_output",
        _omit_empty_cause,
    )
    replace(stepfunctions, "_apply_output_path", "state_def data ctx", _apply_output)
    replace(stepfunctions, "_call_lambda", "func_ref event", _limit_payload)
