from __future__ import annotations

import pytest

from functions.adapters.notifications import (
    Message,
    NotificationError,
    Notifications,
    subject_line,
)
from tests.unit.functions.adapters.stubs import StubbedClient


def test_an_event_that_was_not_taken_is_an_error() -> None:
    sns, events = StubbedClient("sns"), StubbedClient("events")
    sns.answers(
        "publish",
        {"MessageId": "1"},
        {"TopicArn": "arn:t", "Subject": "s", "Message": "b"},
    )
    events.answers(
        "put_events", {"FailedEntryCount": 1, "Entries": [{"ErrorMessage": "too big"}]}
    )
    notifications = Notifications(sns.client, events.client, "arn:t", "td")
    notifications.publish(Message("s", "b"))
    with pytest.raises(
        NotificationError, match="EventBridge refused the event: too big"
    ):
        notifications.announce({"run": "r"})


def test_an_event_says_which_stack_it_is_of() -> None:
    sns, events = StubbedClient("sns"), StubbedClient("events")
    entry = {
        "Source": "traindrop",
        "DetailType": "Traindrop run ended",
        "Detail": '{"stack": "td", "run": "r"}',
    }
    events.answers("put_events", {"FailedEntryCount": 0}, {"Entries": [entry]})
    Notifications(sns.client, events.client, "arn:t", "td").announce({"run": "r"})


def test_subjects_are_one_line_of_ascii() -> None:
    assert subject_line("Größe\nund\tmehr 日本") == "Groe und mehr"
    assert subject_line("日本") == "Traindrop"
