from __future__ import annotations

from contracts.outcomes import CheckTrainingOutcome
from functions.common.unknown import MAX_REASON_CHARACTERS, not_seen


def test_what_could_not_be_seen_is_named_with_its_error() -> None:
    answer = not_seen(CheckTrainingOutcome.UNKNOWN, OSError("denied"), age_seconds=3)
    assert answer == {
        "outcome": "unknown",
        "reason": "OSError: denied",
        "age_seconds": 3,
    }


def test_a_long_reason_is_cut() -> None:
    answer = not_seen(CheckTrainingOutcome.UNKNOWN, OSError("x" * 10_000))
    assert len(answer["reason"]) == MAX_REASON_CHARACTERS
