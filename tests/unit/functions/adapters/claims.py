"""Drops of one model that are claimed, and what becomes of their runs."""

from __future__ import annotations

from contracts.model_record import Drop
from functions.adapters.ledger import Ledger

FIRST = Drop("reviews", "a" * 64, "v1")
AGAIN = Drop("reviews", "a" * 64, "v2")
OTHER = Drop("reviews", "b" * 64, "v1")
RUN = "reviews-aaaaaaaaaa"


def steps(ledger: Ledger, run: str) -> list[str]:
    return [step["step"] for step in ledger.get_run(run).write()["steps"]]


def release(ledger: Ledger, drop: Drop, execution: str) -> str:
    run = ledger.claim(drop, execution).run
    ledger.promote(run)
    return run
