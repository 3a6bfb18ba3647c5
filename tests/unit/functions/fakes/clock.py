"""The moment at which the tests of the functions take place, and the stack that they are of."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
STAMP = NOW.isoformat(timespec="milliseconds")
STACK = "traindrop"


def now() -> datetime:
    return NOW
