"""What can go wrong with one call of AWS, and when.

A fault is looked up for every call that a function makes, by the call's number. One that passes (`PASSING`) may not
change how a run ends; the others may, but leave a world in which nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.chaos.world import World


class Kind(StrEnum):
    THROTTLED = "throttled once"
    ERROR = "error once"
    LOST = "answer lost"
    REPEATED = "repeated by the SDK"
    DIES_BEFORE = "function dies before"
    DIES_AFTER = "function dies after"
    STALE = "not visible once"
    OUTAGE_30_S = "refused for 30 s"
    OUTAGE_5_MIN = "refused for 5 min"
    OUTAGE_1_H = "refused for 1 h"
    DENIED = "denied from now on"
    ABORTED = "execution stopped"
    OVERTAKEN = "execution stopped, function goes on"
    SWEEP = "a sweep before"
    SAME_EVENT = "the event again before"
    SECOND_DROP = "another drop before"
    DELETION = "endpoint deleted before"
    STOP = "somebody stops it before"


OUTAGES = {Kind.OUTAGE_30_S: 30.0, Kind.OUTAGE_5_MIN: 300.0, Kind.OUTAGE_1_H: 3600.0}
"""Outage -> seconds for which its service refuses every call of every function."""
ACTORS = frozenset(
    {Kind.SWEEP, Kind.SAME_EVENT, Kind.SECOND_DROP, Kind.DELETION, Kind.STOP}
)
"""Somebody else does something just before the call, which then goes well."""
PASSING = frozenset(Kind) - {
    Kind.DENIED,
    Kind.ABORTED,
    Kind.OVERTAKEN,
    Kind.SECOND_DROP,
    Kind.DELETION,
    Kind.STOP,
}


@dataclass(frozen=True)
class Call:
    """One call that a function makes, or the call of the function itself (service `lambda`)."""

    number: int
    function: str
    service: str
    operation: str
    name: str = ""

    @property
    def label(self) -> str:
        return f"{self.function}: {self.service} {self.operation}"


class DiedError(BaseException):
    """The function's process ended: out of time or out of memory."""


class AbortedError(BaseException):
    """The execution was stopped, and the function with it."""


Action = Callable[["World"], None]
Matches = Callable[[Call], bool]


@dataclass
class Plan:
    """Which call goes wrong: the first that matches. `action` is what an actor does before it."""

    matches: Matches | None = None
    kind: Kind = Kind.ERROR
    action: Action | None = None
    _is_over: bool = False
    _outage: tuple[str, float] | None = None
    _denied: tuple[str, str] | None = None

    @classmethod
    def of(cls, number: int, kind: Kind, action: Action | None = None) -> Plan:
        return cls(lambda call: call.number == number, kind, action)

    def fault(self, call: Call, time: float) -> Kind | None:
        """What goes wrong with the call; `time` is the clock's, in seconds."""
        if self.matches and not self._is_over and self.matches(call):
            self._is_over = True
            self._begin(call, time)
            return self.kind
        if self._outage and self._outage[0] == call.service and time < self._outage[1]:
            return self.kind
        is_denied = self._denied == (call.function, call.operation)
        return Kind.DENIED if is_denied else None

    def _begin(self, call: Call, time: float) -> None:
        if self.kind in OUTAGES:
            self._outage = (call.service, time + OUTAGES[self.kind])
        elif self.kind is Kind.DENIED:
            self._denied = (call.function, call.operation)


_THROTTLES = {
    "s3": ("SlowDown", 503),
    "sns": ("Throttled", 429),
    "lambda": ("TooManyRequestsException", 429),
}
_ERRORS = {
    "s3": "InternalError",
    "dynamodb": "InternalServerError",
    "lambda": "ServiceException",
}


def client_error(
    code: str, message: str, operation: str, status: int = 400
) -> ClientError:
    """As botocore raises it."""
    metadata = {"HTTPStatusCode": status}
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": metadata,
    }
    return ClientError(response, operation)  # type: ignore[arg-type]


def throttled(call: Call) -> ClientError:
    code, status = _THROTTLES.get(call.service, ("ThrottlingException", 400))
    return client_error(code, "Rate exceeded", call.operation, status)


def broken(call: Call) -> ClientError:
    code = _ERRORS.get(call.service, "InternalFailure")
    return client_error(code, "An internal error occurred", call.operation, 500)


def denied(call: Call) -> ClientError:
    message = f"not authorized to perform: {call.service}:{call.operation}"
    return client_error("AccessDeniedException", message, call.operation, 403)


@dataclass
class Trace:
    """The calls of a world, in their order."""

    calls: list[Call] = field(default_factory=list)

    def add(self, function: str, service: str, operation: str, name: str) -> Call:
        call = Call(len(self.calls), function, service, operation, name)
        self.calls.append(call)
        return call


def ignoring_refusals(effect: Callable[[], object]) -> None:
    try:
        effect()
    except ClientError:
        return
