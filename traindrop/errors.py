"""What a call of the API can raise. Every text says what to do, most of them in the API's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class TraindropError(Exception):
    """Every error of this package."""


class MissingSettingsError(TraindropError):
    """It is not known which API to call, or with which key."""


class ConnectError(TraindropError):
    """The API could not be reached, or its answer broke off."""


class UnreadableAnswerError(TraindropError):
    """The API answered with what this version of the client cannot read."""


@dataclass
class ApiError(TraindropError):
    """The API refused the call. `code` is for programs, `message` for people."""

    status: int
    """Of HTTP."""
    code: str
    message: str
    retry_after: float | None = None
    """Seconds after which to call again, where that helps."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What else the error says, such as the field that is wrong."""

    def __str__(self) -> str:
        return self.message

    @property
    def is_not_found(self) -> bool:
        return self.status == 404

    @property
    def is_temporary(self) -> bool:
        """Whether the same call may be answered in a moment: the API is busy, or a model is waking."""
        return self.status in (429, 503)
