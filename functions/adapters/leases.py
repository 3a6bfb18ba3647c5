"""Rights that one holder has at a time: items `lease#<name>` of the ledger's table."""

from __future__ import annotations

from datetime import datetime, timedelta

from functions.adapters.errors import translated
from functions.adapters.ledger_table import LedgerTable, set_expression

_FREE = {"UpdateExpression": "REMOVE holder, held_until"}


def lease_key(name: str) -> dict[str, str]:
    return {"pk": f"lease#{name}", "sk": "lease"}


@translated
class Leases(LedgerTable):
    """A lease ends by itself, so that a holder that died is in nobody's way for long."""

    def take(self, name: str, holder: str, seconds: float) -> bool:
        """Gives it to the holder, or to the same one for longer; False where another has it."""
        now = self._now()
        until = now + timedelta(seconds=seconds)
        # Texts of one form and of UTC, so that they compare as the times do.
        changes = {
            "holder": holder,
            "held_until": until.isoformat(timespec="milliseconds"),
        }
        return self._update(
            lease_key(name),
            "attribute_not_exists(holder) OR holder = :me OR held_until < :now",
            set_expression(changes),
            me=holder,
            now=now.isoformat(timespec="milliseconds"),
        )

    def now(self) -> datetime:
        """By the clock that leases end by."""
        return self._now()

    def wait(self, seconds: float) -> None:
        """For who is to ask again."""
        self._sleep(seconds)

    def release(self, name: str, holder: str) -> None:
        """Frees it for the next; where another has it, nothing changes."""
        self._update(lease_key(name), "holder = :me", _FREE, me=holder)
