"""Makes a verified run its model's champion."""

from __future__ import annotations

from contracts.outcomes import PromoteOutcome
from functions.adapters.ledger import Ledger
from functions.common.lambda_handler import Result


def promote(run: str, ledger: Ledger) -> Result:
    return {
        "outcome": PromoteOutcome.PROMOTED,
        "grace": ledger.promote(run) is not None,
    }
