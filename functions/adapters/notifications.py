"""Notifications of a run's end: to people through SNS, to programs through EventBridge."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.adapters.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient

SOURCE = "traindrop"
DETAIL_TYPE = "Traindrop run ended"
SUBJECT_LIMIT_CHARACTERS = 100


class NotificationError(RuntimeError):
    """EventBridge did not take an event."""


@dataclass(frozen=True)
class Message:
    """`subject` is at most 100 printable ASCII characters, as SNS demands."""

    subject: str
    body: str


@translated
class Notifications:
    """Publishes to one topic and to the default event bus, which all stacks of the account share."""

    def __init__(
        self, sns: SNSClient, events: EventBridgeClient, topic_arn: str, stack: str
    ) -> None:
        self._sns = sns
        self._events = events
        self._topic = topic_arn
        self._stack = stack

    def publish(self, message: Message) -> None:
        if self._topic:
            self._sns.publish(
                TopicArn=self._topic, Subject=message.subject, Message=message.body
            )

    def announce(self, detail: dict[str, Any]) -> None:
        """Sends the detail with the stack's name added to it."""
        text = json.dumps({"stack": self._stack, **detail})
        answer = self._events.put_events(
            Entries=[{"Source": SOURCE, "DetailType": DETAIL_TYPE, "Detail": text}]
        )
        if answer["FailedEntryCount"]:
            raise NotificationError(
                f"EventBridge refused the event: {answer['Entries'][0].get('ErrorMessage')}"
            )


def subject_line(text: str) -> str:
    """`text` in printable ASCII, cut to what SNS accepts as a subject."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    printable = "".join(c if c.isprintable() else " " for c in plain)
    return printable[:SUBJECT_LIMIT_CHARACTERS].strip() or "Traindrop"
