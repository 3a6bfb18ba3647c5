"""The Lambda functions `arrive` and `next_drop`."""

from __future__ import annotations

from functions.adapters import clients
from functions.arrive.arrive import arrive as note_arrivals
from functions.arrive.next_drop import next_drop as begin_next_drop
from functions.arrive.watch import Watch
from functions.common.lambda_handler import Event, Result, lambda_handler


def _watch() -> Watch:
    return Watch(
        clients.arrivals(),
        clients.ledger(),
        clients.workflow(),
        clients.settings().data_bucket,
    )


@lambda_handler
def arrive(event: Event) -> Result:
    return note_arrivals(event["Records"], clients.arrivals(), _watch())


@lambda_handler
def next_drop(event: Event) -> Result:
    return begin_next_drop(event["run"], clients.ledger(), clients.arrivals(), _watch())
