"""A stack whose operation the engine's end cut short is in a state that can be left: deleted or deployed again."""

from __future__ import annotations

from typing import Any

from ministack.services import cloudformation

from localcloud.engine.patching import replace, symbol

REASON = "The local cloud ended during the operation."
AFTER = {
    "CREATE_IN_PROGRESS": "CREATE_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "UPDATE_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
}


def _restore(original: Any) -> Any:
    def restore(data: dict[str, Any]) -> None:
        original(data)
        for _, stack in cloudformation._stacks.all_items():
            if ended := AFTER.get(stack.get("StackStatus", "")):
                stack.update(StackStatus=ended, StackStatusReason=REASON)

    return restore


def apply() -> None:
    symbol(cloudformation, "_stacks")
    replace(cloudformation, "_restore_state", "data", _restore)
