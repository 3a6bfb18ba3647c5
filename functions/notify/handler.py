"""The Lambda function `notify`."""

from __future__ import annotations

from contracts.outcomes import NotifyOutcome
from functions.adapters import clients
from functions.common.lambda_handler import Event, Result, lambda_handler
from functions.notify.notify import notify as notify_run


@lambda_handler
def notify(event: Event) -> Result:
    if not event.get("run"):
        # The workflow failed before there was a run; Explain has notified subscribers.
        return {"outcome": NotifyOutcome.NOTIFIED}
    return notify_run(
        event["run"],
        clients.ledger_of(event.get("execution")),
        clients.notifications(),
        clients.settings().api_url,
    )
