"""Waits until a drop is quiet, claims it, reads and checks all of it, and writes what the later states need."""

from __future__ import annotations

from functools import partial

from contracts.problems import Problem
from functions import hub
from functions.aws import wiring
from functions.aws.ledger import utc_now
from functions.handlers.instrument import Event, Result, step
from functions.hub import HubModel
from functions.logic.hub_lookup import look_up
from functions.logic.inspection import Inspection
from functions.logic.options import Hub


def ask_hub(wanted: Hub) -> HubModel | Problem:
    settings = wiring.settings()
    ask = partial(hub.ask, endpoint=settings.hub_endpoint)
    return look_up(wanted, settings.stack, lambda name: wiring.secrets().token(name), ask)


@step
def handler(event: Event) -> Result:
    inspection = Inspection(wiring.storage(), wiring.ledger(), wiring.settings(), utc_now, ask_hub)
    return inspection.inspect(event["key"], event["execution"])
