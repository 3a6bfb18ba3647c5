"""What of ministack's state is saved, and how it comes back.

Only so much of the past is kept that one can look into it and saving stays quick. Archives of layers lie in files of
their own, because in the state they would be written again with every save. A stack whose operation the engine's end
cut short comes back in a status that can be left: deleted or deployed again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import (
    cloudformation,
    cloudwatch_logs,
    lambda_svc,
    stepfunctions,
)

from localcloud.engine.common.patching import replace, symbol

logger = logging.getLogger(__name__)

MAX_HISTORIES = 50
"""Ended executions whose events are kept."""
MAX_STREAMS = 100
"""Log streams kept of each function. There is one for every invocation."""
_FUNCTION_GROUPS = "/aws/lambda/"
_ARCHIVE, _ARCHIVE_FILE = "_zip_data", "archive_file"
"""ministack's field for a layer's archive, and the key of the file's name in its place."""
STACK_REASON = "The local cloud ended during the operation."
STACK_STATUS_AFTER = {
    "CREATE_IN_PROGRESS": "CREATE_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "UPDATE_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
}
"""Status of a stack when the engine ended -> its status after the next start."""

State = dict[str, Any]
Scoped = dict[Any, dict[str, Any]]
"""Resources by account, region and name."""


# ---- how much of the past ------------------------------------------------------------------------------------------


def without_old_events(executions: Scoped) -> Scoped:
    """All executions, the older ended ones without their events."""
    ended = [
        key for key, execution in executions.items() if execution["status"] != "RUNNING"
    ]
    old = set(ended[:-MAX_HISTORIES])
    trimmed = {}
    for key, execution in executions.items():
        trimmed[key] = execution | {"events": []} if key in old else execution
    return trimmed


def without_old_streams(groups: Scoped) -> Scoped:
    """All log groups, those of functions with their newest streams only."""
    trimmed = {}
    for key, group in groups.items():
        _, _, name = key
        is_of_function = name.startswith(_FUNCTION_GROUPS)
        trimmed[key] = _with_newest_streams(group) if is_of_function else group
    return trimmed


def _with_newest_streams(group: dict[str, Any]) -> dict[str, Any]:
    newest = list(group["streams"].items())[-MAX_STREAMS:]
    return group | {"streams": dict(newest)}


def _scoped(entries: Scoped) -> Any:
    """As ministack holds them."""
    scoped = AccountRegionScopedDict()
    scoped._data.update(entries)
    return scoped


def _trim_executions(original: Any) -> Any:
    def get_state() -> State:
        state: State = original()
        return state | {
            "executions": _scoped(without_old_events(dict(state["executions"]._data)))
        }

    return get_state


def _trim_log_groups(original: Any) -> Any:
    def get_state() -> State:
        state: State = original()
        return state | {
            "log_groups": _scoped(without_old_streams(dict(state["log_groups"]._data)))
        }

    return get_state


# ---- layers --------------------------------------------------------------------------------------------------------


class LayerFiles:
    """One file for each content, named by the digest that Lambda itself gives it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder

    def move_out(self, state: State) -> State:
        """Writes the archives in `state` to files and puts the files' names in their place."""
        for version in _layer_versions(state):
            archive = version[_ARCHIVE]
            if isinstance(archive, bytes):
                name = version["Content"]["CodeSha256"].replace("/", "_") + ".zip"
                self._write(name, archive)
                version[_ARCHIVE] = {_ARCHIVE_FILE: name}
        return state

    def move_in(self, state: State) -> None:
        """Undoes `move_out`, and removes files that no layer uses any more."""
        used = set()
        for version in _layer_versions(state):
            archive = version[_ARCHIVE]
            if isinstance(archive, dict):
                used.add(archive[_ARCHIVE_FILE])
                version[_ARCHIVE] = self._read(archive[_ARCHIVE_FILE])
        for path in self._folder.iterdir():
            if path.name not in used:
                path.unlink()

    def _write(self, name: str, archive: bytes) -> None:
        path = self._folder / name
        if not path.exists():
            new_file = self._folder / "new"
            new_file.write_bytes(archive)
            new_file.replace(path)

    def _read(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except OSError:
            logger.exception(
                "the layer archive %s cannot be read; deploy the stack again", name
            )
            return None


def _layer_versions(state: State) -> Iterator[dict[str, Any]]:
    layers = state.get("layers")
    if layers is not None:
        for layer in layers._data.values():
            yield from layer["versions"]


# ---- stacks --------------------------------------------------------------------------------------------------------


def _end_stack_operations(original: Any) -> Any:
    def restore(data: State) -> None:
        original(data)
        for _, stack in cloudformation._stacks.all_items():
            status = STACK_STATUS_AFTER.get(stack.get("StackStatus", ""))
            if status:
                stack.update(StackStatus=status, StackStatusReason=STACK_REASON)

    return restore


def apply(state: Path) -> None:
    symbol(lambda_svc, "_layers")
    symbol(cloudformation, "_stacks")
    layers = LayerFiles(state / "layers")

    def restore_layers(original: Any) -> Any:
        def restore(data: State) -> None:
            layers.move_in(data or {})
            original(data)

        return restore

    replace(stepfunctions, "get_state", "", _trim_executions)
    replace(cloudwatch_logs, "get_state", "", _trim_log_groups)
    replace(
        lambda_svc,
        "get_state",
        "",
        lambda original: lambda: layers.move_out(original()),
    )
    replace(lambda_svc, "_restore_state", "data", restore_layers)
    replace(cloudformation, "_restore_state", "data", _end_stack_operations)
