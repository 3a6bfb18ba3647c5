"""Sees that one execution looks at a drop that waits, and only one, whoever asks and however often.

While a run holds the model, none does: who frees the model asks then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from contracts.arrival import MAX_TRIES, Arrival
from functions.adapters.arrivals import Arrivals
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.workflow import Workflow
from functions.arrive.events import event_of
from functions.common.names import MODEL_PART, slug

PREFIX_DIGITS = 8


@dataclass(frozen=True)
class Watch:
    """Starts executions. A start that is repeated, at the same time or later, is the same start."""

    arrivals: Arrivals
    ledger: Ledger
    workflow: Workflow
    bucket: str
    now: Callable[[], datetime] = utc_now

    def begin(self, arrival: Arrival) -> bool:
        """Whether an execution was started that was not running before."""
        model = self.ledger.find_model(arrival.model)
        if model is not None and model.active_run:
            return False
        if arrival.watcher and self._start(arrival):
            return False
        if arrival.tries >= MAX_TRIES:
            return False
        watched = self.arrivals.watch(arrival, execution_name(arrival, self.now()))
        # Where that fails, an event or another function came first, and begins the watch itself.
        return watched is not None and self._start(watched)

    def _start(self, arrival: Arrival) -> bool:
        """False where the watcher has come to an end; a watcher that runs already stays as it is."""
        name, key = arrival.watcher or "", arrival.watched_key or arrival.key
        return self.workflow.start(name, event_of(self.bucket, key))


def execution_name(arrival: Arrival, now: datetime) -> str:
    """At most 80 characters. Time and number of tries tell apart the executions of one drop."""
    place = hashlib.sha256(arrival.prefix.encode()).hexdigest()[:PREFIX_DIGITS]
    milliseconds = int(now.timestamp() * 1000)
    return f"{slug(arrival.model, MODEL_PART)}-{place}-{milliseconds}-{arrival.tries}"
