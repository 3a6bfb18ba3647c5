"""Tells people (SNS) and programs (EventBridge) how a run ended; once for each ending."""

from __future__ import annotations

from contracts.outcomes import NotifyOutcome
from functions.adapters.ledger import Ledger
from functions.adapters.notifications import Message, Notifications
from functions.common.lambda_handler import Result
from functions.notify import messages


def notify(
    run: str, ledger: Ledger, notifications: Notifications, api_url: str
) -> Result:
    record = ledger.get_run(run)
    ending = record.status
    if record.notified != ending:
        notifications.publish(
            Message(messages.subject(record), messages.body(record, api_url))
        )
        notifications.announce(messages.detail(record))
        ledger.record(run, notified=ending)
    return {"outcome": NotifyOutcome.NOTIFIED}
