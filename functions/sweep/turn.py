"""One sweep at a time: who may sweep, who waits for that, and who need not.

    first   sweeps ........................ releases it
    second     waits ("next") ............. sweeps
    third         leaves: the second begins after it, and so sees whatever the third was called for

Both rights are leases. A sweep that died keeps its lease for `LEASE_SECONDS`; one that lives asks for it anew.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from functions.adapters.errors import AwsError
from functions.adapters.leases import Leases

SWEEP, NEXT = "sweep", "next-sweep"
LEASE_SECONDS = 120.0
"""Longer than the calls for one model, run or drop take, retries of the SDK included."""
RENEW_AFTER_SECONDS = 30.0
POLL_SECONDS = 1.0
DAY_SECONDS = 86_400.0
MAX_WAIT_SECONDS = 600.0
"""Of the 900 that the function has; whoever gives up leaves it to the schedule."""


class TurnLostError(RuntimeError):
    """The lease ended while its holder was busy: another sweep may be at work."""

    def __init__(self) -> None:
        super().__init__(
            "expected this sweep to hold the lease; found that another took it over. The other one goes on."
        )


@dataclass
class Turn:
    """The right of one sweep."""

    leases: Leases
    holder: str = field(default_factory=lambda: uuid.uuid4().hex)
    _renewed_at: datetime | None = None

    def take(self) -> bool:
        """Waits while another sweeps; False where one waits for that already, or the wait grew too long."""
        if self._take_now():
            return True
        if not self.leases.take(NEXT, self.holder, LEASE_SECONDS):
            return False
        try:
            return self._wait()
        finally:
            # Before anything is read: what comes up from now on needs a sweep after this one.
            self._release(NEXT)

    def keep(self) -> None:
        """Called before each thing that is done; raises `TurnLostError` where it may not be done any more."""
        assert self._renewed_at is not None, "a turn is taken before it is kept"
        if (self.leases.now() - self._renewed_at).total_seconds() < RENEW_AFTER_SECONDS:
            return
        if not self._take_now():
            raise TurnLostError

    def is_first_today(self, matter: str) -> bool:
        """For a mail that is sent once a day, whoever sweeps."""
        return self.leases.take(matter, self.holder, DAY_SECONDS)

    def end(self) -> None:
        self._release(SWEEP)

    def _take_now(self) -> bool:
        self._renewed_at = self.leases.now()
        return self.leases.take(SWEEP, self.holder, LEASE_SECONDS)

    def _wait(self) -> bool:
        for poll in range(1, int(MAX_WAIT_SECONDS / POLL_SECONDS) + 1):
            self.leases.wait(POLL_SECONDS)
            if self._take_now():
                return True
            if poll % int(RENEW_AFTER_SECONDS / POLL_SECONDS) == 0:
                self.leases.take(NEXT, self.holder, LEASE_SECONDS)
        return False

    def _release(self, name: str) -> None:
        """A lease that cannot be released ends by itself."""
        with suppress(AwsError):
            self.leases.release(name, self.holder)
