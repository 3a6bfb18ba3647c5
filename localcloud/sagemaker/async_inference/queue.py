"""The requests of asynchronous endpoints that are not answered yet, in a table of the store.

A request is committed before it is answered and removed when it has ended. Between these it may be started again: after
a kill, all that are here wait.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass

from localcloud.sagemaker.async_inference.requests import AsyncRequest
from localcloud.sagemaker.common.store import Store

_SCHEMA = """
CREATE TABLE IF NOT EXISTS async_invocations (
    number INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT NOT NULL, received REAL NOT NULL, expires REAL NOT NULL,
    request TEXT NOT NULL, payload BLOB, notification TEXT
)
"""
_INDEX = (
    "CREATE INDEX IF NOT EXISTS async_endpoints ON async_invocations (endpoint, number)"
)


@dataclass(frozen=True)
class Notification:
    """A message to a topic of SNS, published with the rights of a role."""

    topic: str | None
    """None: nobody is notified, and the request only has to be removed."""
    message: str
    role_arn: str | None


@dataclass(frozen=True)
class QueuedInvocation:
    """One row."""

    number: int
    request: AsyncRequest
    payload: bytes | None
    """What came with the request itself."""
    notification: Notification | None
    """Set once the result is in S3: only the notification is missing."""


@dataclass(frozen=True)
class Backlog:
    """What waits for an endpoint or is being processed."""

    size: int
    oldest: float
    """When its oldest request was received, in epoch seconds."""


class InvocationQueue:
    """Rows in the order of their arrival. Threads may share it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        with store.transaction():
            store.execute(_SCHEMA)
            store.execute(_INDEX)

    def add(self, request: AsyncRequest, payload: bytes | None) -> int:
        """The number of the new row."""
        [(number,)] = self._store.execute(
            "INSERT INTO async_invocations (endpoint, received, expires, request, payload) "
            "VALUES (?, ?, ?, ?, ?) RETURNING number",
            *(request.endpoint, request.received, request.expires),
            *(request.to_json(), payload),
        )
        return int(number)

    def get(self, number: int) -> QueuedInvocation | None:
        rows = self._store.execute(
            "SELECT request, payload, notification FROM async_invocations WHERE number = ?",
            number,
        )
        if not rows:
            return None
        [(request, payload, notification)] = rows
        return QueuedInvocation(
            number,
            AsyncRequest.from_json(request),
            payload,
            Notification(**json.loads(notification)) if notification else None,
        )

    def endpoints(self) -> list[str]:
        """The names of endpoints that have rows."""
        rows = self._store.execute("SELECT DISTINCT endpoint FROM async_invocations")
        return [name for (name,) in rows]

    def first(self, endpoint: str, after: int) -> int | None:
        """The first row of an endpoint behind the row `after`."""
        [(number,)] = self._store.execute(
            "SELECT MIN(number) FROM async_invocations WHERE endpoint = ? AND number > ?",
            *(endpoint, after),
        )
        return number  # type: ignore[no-any-return]

    def expired(self, endpoint: str, after: int) -> list[int]:
        """The rows of an endpoint behind the row `after` that have reached their age; their results are not there."""
        rows = self._store.execute(
            "SELECT number FROM async_invocations WHERE endpoint = ? AND number > ? AND expires <= ? "
            "AND notification IS NULL ORDER BY number",
            *(endpoint, after, time.time()),
        )
        return [number for (number,) in rows]

    def backlog(self, endpoint: str) -> Backlog | None:
        """None where there is nothing."""
        [(size, oldest)] = self._store.execute(
            "SELECT COUNT(*), MIN(received) FROM async_invocations WHERE endpoint = ?",
            endpoint,
        )
        return Backlog(size, oldest) if size else None

    def set_notification(self, number: int, notification: Notification) -> None:
        """Notes that the result is in S3."""
        self._store.execute(
            "UPDATE async_invocations SET notification = ? WHERE number = ?",
            *(json.dumps(asdict(notification)), number),
        )

    def remove(self, number: int) -> None:
        self._store.execute("DELETE FROM async_invocations WHERE number = ?", number)

    def drop(self, endpoint: str) -> None:
        """Removes the backlog of an endpoint."""
        self._store.execute(
            "DELETE FROM async_invocations WHERE endpoint = ?", endpoint
        )
