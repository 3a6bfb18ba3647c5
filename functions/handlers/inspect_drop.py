"""Waits until a drop is quiet, claims it, reads and checks every row, and writes what the training job needs."""

from __future__ import annotations

from functions.aws import wiring
from functions.aws.ledger import utc_now
from functions.handlers.instrument import Event, Result, step
from functions.logic.inspection import Inspection


@step
def handler(event: Event) -> Result:
    inspection = Inspection(wiring.storage(), wiring.ledger(), wiring.settings(), utc_now)
    return inspection.inspect(event["key"], event["execution"])
