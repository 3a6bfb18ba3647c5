"""Notifies people (SNS) and programs (EventBridge) of how a run ended: each once, whatever becomes of the other.

The sweep tries again for a day. A run that has not ended is not reported.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from contracts.outcomes import NotifyOutcome
from contracts.run_record import RunRecord, RunStatus
from functions.adapters.errors import TransientError
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.notifications import Message, Notifications
from functions.common.lambda_handler import Result, logger
from functions.notify import messages

MAX_AGE = timedelta(days=1)
MARK_TRIES = 3


def notify(
    run: str,
    ledger: Ledger,
    notifications: Notifications,
    api_url: str,
    now: Callable[[], datetime] = utc_now,
) -> Result:
    """Raises the last error of the two, so that this is called again."""
    record = ledger.get_run(run)
    ledger = ledger.fenced(record.execution)
    if record.is_in_progress or record.notified == record.status:
        return {"outcome": NotifyOutcome.NOTIFIED}
    # Where this write fails the marks would fail as well, and what was sent would be sent again and again.
    ledger.record(run)
    failure = _report(record, ledger, notifications, api_url)
    if failure and not _is_too_old(record, now()):
        raise failure
    ledger.record(run, notified=record.status)
    return {"outcome": NotifyOutcome.NOTIFIED}


def _report(
    record: RunRecord, ledger: Ledger, notifications: Notifications, api_url: str
) -> Exception | None:
    """Notifies whoever was not yet; returns the last error, if there was one."""

    def mail() -> None:
        text = Message(messages.subject(record), messages.body(record, api_url))
        notifications.publish(text)
        _mark(ledger, record.run, mailed=record.status)

    def announce() -> None:
        notifications.announce(messages.detail(record))
        _mark(ledger, record.run, announced=record.status)

    failure: Exception | None = None
    for reported, report in ((record.mailed, mail), (record.announced, announce)):
        if reported == record.status:
            continue
        try:
            report()
        except Exception as error:
            logger.warning("not notified", extra={"error": type(error).__name__})
            failure = error
    return failure


def _mark(ledger: Ledger, run: str, **sent: RunStatus) -> None:
    """Tries more than once, beyond the SDK's own retries: what was sent and has no mark is sent again."""
    for _ in range(MARK_TRIES - 1):
        try:
            ledger.record(run, **sent)
        except TransientError:
            continue
        return
    ledger.record(run, **sent)


def _is_too_old(record: RunRecord, now: datetime) -> bool:
    return (
        record.ended_at is not None
        and now - datetime.fromisoformat(record.ended_at) > MAX_AGE
    )
