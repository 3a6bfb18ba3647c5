"""The drops that a batch of S3's events is about, each named once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.common.drop import DropLocation, locate

Message = Mapping[str, Any]
"""One message of the queue; its `body` is an event of EventBridge as JSON."""


@dataclass(frozen=True)
class Uploads:
    """Files that came into one drop."""

    place: DropLocation
    key: str
    """The newest file."""
    time: str
    """When it came, as S3 says it: ISO 8601 in UTC."""
    messages: tuple[str, ...]
    """Ids of the messages that say so."""


@dataclass
class Batch:
    """A batch, read. A file that no drop is made of is in neither list."""

    uploads: dict[str, Uploads] = field(default_factory=dict)
    """By the drop's prefix."""
    unreadable: list[str] = field(default_factory=list)
    """Ids of messages that are no events of S3."""


def read_batch(messages: Iterable[Message]) -> Batch:
    batch = Batch()
    for message in messages:
        identifier = str(message["messageId"])
        try:
            uploads = _uploads(message["body"], identifier)
        except (ValueError, KeyError, TypeError):
            batch.unreadable.append(identifier)
            continue
        if uploads is not None:
            prefix = uploads.place.prefix
            batch.uploads[prefix] = _joined(batch.uploads.get(prefix), uploads)
    return batch


def _uploads(body: str, message: str) -> Uploads | None:
    event = json.loads(body)
    key = event["detail"]["object"]["key"]
    place = locate(key)
    return Uploads(place, key, str(event["time"]), (message,)) if place else None


def _joined(present: Uploads | None, added: Uploads) -> Uploads:
    if present is None:
        return added
    newest = added if added.time >= present.time else present
    messages = (*present.messages, *added.messages)
    return Uploads(present.place, newest.key, newest.time, messages)


def event_of(bucket: str, key: str) -> dict[str, Any]:
    """What an execution is started with: S3's event of the file, as far as the state machine reads it."""
    return {"detail": {"bucket": {"name": bucket}, "object": {"key": key}}}
