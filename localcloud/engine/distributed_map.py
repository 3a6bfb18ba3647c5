"""The Distributed Map in JSONata, whose fields ministack reads as JSONPath: items, concurrency, output, variables."""

from __future__ import annotations

import copy
from typing import Any

from ministack.services import stepfunctions

from localcloud.engine.common.patching import replace, symbol

_HELPERS = (
    "_apply_jsonata_output",
    "_apply_state_assign",
    "_jsonata_state_field",
    "_state_query_language",
)
"""Functions of ministack that the patch calls."""
_EVALUATED = ("Output", "Assign", "Items", "MaxConcurrency")


def _run_distributed_map(original: Any) -> Any:
    """Fields are evaluated here; the states of an item see none of the variables around the Map, as on AWS."""

    def run(  # noqa: PLR0917 - as in ministack
        state_def: dict[str, Any],
        raw_input: Any,
        effective: Any,
        iterator: dict[str, Any],
        execution: dict[str, Any],
        ctx: dict[str, Any],
    ) -> Any:
        if stepfunctions._state_query_language(state_def, ctx) != "JSONata":
            return original(state_def, raw_input, effective, iterator, execution, ctx)
        plain = {
            key: value for key, value in state_def.items() if key not in _EVALUATED
        }
        if "MaxConcurrency" in state_def:
            plain["MaxConcurrency"] = stepfunctions._jsonata_state_field(
                state_def, "MaxConcurrency", "number", raw_input, ctx
            )
        items = raw_input
        if "Items" in state_def:
            items = stepfunctions._jsonata_state_field(
                state_def, "Items", "array", raw_input, ctx
            )
        of_items = copy.deepcopy(ctx) | {"variables": {}}
        results, following = original(
            plain, raw_input, items, iterator, execution, of_items
        )
        output = stepfunctions._apply_jsonata_output(
            state_def, raw_input, ctx, result=results, default=results
        )
        stepfunctions._apply_state_assign(state_def, raw_input, ctx, result=results)
        return output, following

    return run


def apply() -> None:
    for name in _HELPERS:
        symbol(stepfunctions, name)
    replace(
        stepfunctions,
        "_run_distributed_map",
        "state_def raw_input effective iterator execution ctx",
        _run_distributed_map,
    )
