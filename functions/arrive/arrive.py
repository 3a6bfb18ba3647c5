"""Notes which drops have new files, and has one execution look at each of them.

A batch holds up to a hundred events; ten thousand files of one drop make a hundred notes and one execution.
"""

from __future__ import annotations

from collections.abc import Sequence

from contracts.outcomes import ArriveOutcome
from functions.adapters.arrivals import Arrivals
from functions.arrive.events import Message, Uploads, read_batch
from functions.arrive.watch import Watch
from functions.common.lambda_handler import Result, logger


def arrive(messages: Sequence[Message], arrivals: Arrivals, watch: Watch) -> Result:
    """The answer names the messages that SQS is to deliver again: those of drops that could not be noted."""
    batch = read_batch(messages)
    failed = list(batch.unreadable)
    started = 0
    for uploads in batch.uploads.values():
        try:
            started += _note(uploads, arrivals, watch)
        except Exception as error:
            logger.warning("not noted", extra={"error": type(error).__name__})
            failed += uploads.messages
    return {
        "outcome": ArriveOutcome.NOTED,
        "drops": len(batch.uploads),
        "started": started,
        "batchItemFailures": [{"itemIdentifier": message} for message in failed],
    }


def _note(uploads: Uploads, arrivals: Arrivals, watch: Watch) -> bool:
    place = uploads.place
    arrival = arrivals.note(place.model, place.prefix, uploads.key, uploads.time)
    return watch.begin(arrival)
