"""What a function answers that could not see what it was to look at: no verdict, and why."""

from __future__ import annotations

from enum import StrEnum

from functions.common.lambda_handler import Result

MAX_REASON_CHARACTERS = 500


def not_seen(outcome: StrEnum, error: Exception, **facts: object) -> Result:
    """`outcome` is the one that makes the state machine wait on; `reason` is what it says if it ever gives up."""
    reason = f"{type(error).__name__}: {error}"
    return {"outcome": outcome, "reason": reason[:MAX_REASON_CHARACTERS], **facts}
