"""Has the drops looked at that waited for a run to free its model."""

from __future__ import annotations

from contracts.outcomes import NextDropOutcome
from functions.adapters.arrivals import Arrivals
from functions.adapters.ledger import Ledger
from functions.arrive.watch import Watch
from functions.common.lambda_handler import Result


def next_drop(run: str, ledger: Ledger, arrivals: Arrivals, watch: Watch) -> Result:
    record = ledger.find_run(run)
    waiting = arrivals.of_model(record.model) if record else []
    started = sum(watch.begin(arrival) for arrival in waiting)
    return {"outcome": NextDropOutcome.CHECKED, "started": started}
