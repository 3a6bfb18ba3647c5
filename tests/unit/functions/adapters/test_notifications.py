from __future__ import annotations

import pytest

from functions.adapters.notifications import Message, NotificationError, Notifications
from tests.unit.functions.adapters.stubs import StubbedClient


def test_an_event_that_was_not_taken_is_an_error() -> None:
    sns, events = StubbedClient("sns"), StubbedClient("events")
    sns.answers(
        "publish", {"MessageId": "1"}, {"TopicArn": "arn:t", "Subject": "s", "Message": "b"}
    )
    events.answers("put_events", {"FailedEntryCount": 1, "Entries": [{"ErrorMessage": "too big"}]})
    notifications = Notifications(sns.client, events.client, "arn:t")
    notifications.publish(Message("s", "b"))
    with pytest.raises(NotificationError, match="EventBridge refused the event: too big"):
        notifications.announce({"run": "r"})
