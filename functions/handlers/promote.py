"""Makes a verified run its model's champion."""

from __future__ import annotations

from functions.aws import wiring
from functions.aws.ledger import Ledger
from functions.handlers.instrument import Event, Result, step


def promote(run: str, ledger: Ledger) -> Result:
    return {"outcome": "promoted", "grace": ledger.promote(run) is not None}


@step
def handler(event: Event) -> Result:
    return promote(event["run"], wiring.ledger())
