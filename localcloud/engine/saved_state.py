"""How much of the past is kept on disk: enough to look into, little enough that saving and starting stay quick."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import cloudwatch_logs, stepfunctions

from localcloud.engine.patching import replace

HISTORIES = 50
"""Ended executions whose events are kept."""
STREAMS = 100
"""Log streams kept of each function; there is one for every invocation."""
_FUNCTIONS = "/aws/lambda/"


def _scoped(entries: dict[Any, Any]) -> Any:
    kept = AccountRegionScopedDict()
    kept._data.update(entries)
    return kept


def without_old_events(executions: dict[Any, dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    """All executions, the older ended ones without their events."""
    ended = [key for key, execution in executions.items() if execution["status"] != "RUNNING"]
    old = set(ended[:-HISTORIES])
    return {key: execution | {"events": []} if key in old else execution for key, execution in executions.items()}


def without_old_streams(groups: dict[Any, dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    """All log groups, those of functions with their newest streams only."""

    def trimmed(group: dict[str, Any]) -> dict[str, Any]:
        return group | {"streams": dict(list(group["streams"].items())[-STREAMS:])}

    return {key: trimmed(group) if key[2].startswith(_FUNCTIONS) else group for key, group in groups.items()}


def _executions(original: Any) -> Any:
    def get_state() -> Any:
        state = original()
        return state | {"executions": _scoped(without_old_events(dict(state["executions"]._data)))}

    return get_state


def _groups(original: Any) -> Any:
    def get_state() -> Any:
        state = original()
        return state | {"log_groups": _scoped(without_old_streams(dict(state["log_groups"]._data)))}

    return get_state


def apply() -> None:
    replace(stepfunctions, "get_state", "", _executions)
    replace(cloudwatch_logs, "get_state", "", _groups)
