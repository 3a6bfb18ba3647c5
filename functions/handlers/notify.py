"""Tells people (SNS) and programs (EventBridge) how a run ended; once for each ending."""

from __future__ import annotations

from functions.aws import wiring
from functions.aws.ledger import Ledger
from functions.aws.notifications import Message, Notifications
from functions.handlers.instrument import Event, Result, step
from functions.logic import messages


def notify(run: str, ledger: Ledger, notifications: Notifications, api_url: str) -> Result:
    record = ledger.known(run)
    ending = record["status"]
    if record.get("notified") != ending:
        notifications.publish(Message(messages.subject(record), messages.body(record, api_url)))
        notifications.announce(messages.detail(record))
        ledger.record(run, notified=ending)
    return {"outcome": "notified"}


@step
def handler(event: Event) -> Result:
    if not event.get("run"):
        # The workflow failed before there was a run; Explain has told subscribers what it knows.
        return {"outcome": "notified"}
    return notify(event["run"], wiring.ledger(), wiring.notifications(), wiring.settings().api_url)
