"""The Lambda function `inspect_drop`."""

from __future__ import annotations

from functools import partial

from contracts.problems import Problem
from functions.adapters import clients, hub
from functions.adapters.hub import HubModel
from functions.adapters.ledger import utc_now
from functions.common.lambda_handler import Event, Result, lambda_handler
from functions.inspect.hub_lookup import look_up
from functions.inspect.inspection import Inspection
from functions.inspect.settings_file import Hub
from functions.inspect.sharded_inspection import ShardedInspection
from functions.inspect.waiting_drop import look


def look_up_in_hub(wanted: Hub) -> HubModel | Problem:
    settings = clients.settings()
    ask = partial(hub.ask, endpoint=settings.hub_endpoint)
    return look_up(
        wanted, settings.stack, lambda name: clients.secrets().token(name), ask
    )


@lambda_handler
def inspect_drop(event: Event) -> Result:
    inspection = Inspection(
        clients.storage(),
        clients.ledger_of(event.get("execution")),
        clients.settings(),
        utc_now,
        look_up_in_hub,
    )
    if "shard_step" in event:
        sharded = ShardedInspection(inspection)
        return sharded.take(event["shard_step"], event["run"], event.get("shard", 0))
    return look(
        lambda key: inspection.inspect(key, event["execution"]),
        clients.arrivals(),
        event["key"],
    )
