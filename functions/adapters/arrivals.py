"""The ledger's drops that wait for a run: one item a drop, whatever the number of its files and events.

event   -> note    the drop waits (generation 1, 2, …)
start   -> watch   one execution is to look at it
Inspect -> settle  the drop was claimed, or there is nothing to claim: the item goes, unless an event came meanwhile
        -> leave   the model is busy: the item stays, without a watcher; who frees the model starts one
"""

from __future__ import annotations

import hashlib
from typing import Any

from boto3.dynamodb.conditions import Key

from contracts.arrival import Arrival
from functions.adapters.errors import translated
from functions.adapters.ledger_table import (
    LedgerTable,
    model_key,
    record_of,
    set_expression,
)

KIND = "arrival"


def arrival_key(model: str, prefix: str) -> dict[str, str]:
    """A prefix may be as long as a sort key, so its digest stands for it."""
    digest = hashlib.sha256(prefix.encode()).hexdigest()[:32]
    return {"pk": f"model#{model}", "sk": f"{KIND}#{digest}"}


@translated
class Arrivals(LedgerTable):
    """Every write is one conditional write, so that any number of functions may be at it."""

    def find(self, model: str, prefix: str) -> Arrival | None:
        content = self._get(arrival_key(model, prefix))
        return Arrival.read(content) if content else None

    def of_model(self, model: str) -> list[Arrival]:
        """Read consistently: what was noted before is in it."""
        condition = Key("pk").eq(f"model#{model}") & Key("sk").begins_with(f"{KIND}#")
        page = self._table.query(KeyConditionExpression=condition, ConsistentRead=True)
        return [Arrival.read(record_of(item)) for item in page["Items"]]

    def all(self) -> list[Arrival]:
        """The oldest first, as the index knows them: perhaps a moment ago."""
        return [Arrival.read(content) for content in self._pages(KIND)]

    def note(self, model: str, prefix: str, key: str, arrived_at: str) -> Arrival:
        """Files came: the drop waits from now on, and whoever looks at it now has not seen all of it."""
        answer = self._table.update_item(
            Key=arrival_key(model, prefix),
            ReturnValues="ALL_NEW",
            **_waits(model, prefix, key, arrived_at),
        )
        return Arrival.read(record_of(answer["Attributes"]))

    def watch(self, arrival: Arrival, name: str) -> Arrival | None:
        """Makes the execution `name` the watcher in the place of the one in `arrival`; None where that has changed."""
        changes = {
            "watcher": name,
            "watched_key": arrival.key,
            "tries": arrival.tries + 1,
        }
        expression = set_expression(changes)
        values: dict[str, Any] = {"generation": arrival.generation}
        condition = "generation = :generation AND attribute_not_exists(watcher)"
        if arrival.watcher:
            condition = "generation = :generation AND watcher = :watcher"
            values["watcher"] = arrival.watcher
        key = arrival_key(arrival.model, arrival.prefix)
        if not self._update(key, condition, expression, **values):
            return None
        return self.find(arrival.model, arrival.prefix)

    def settle(self, model: str, prefix: str, generation: int) -> bool:
        """Ends the wait; False where an event came after `generation` was read, so that the drop still waits."""
        return self._delete(
            arrival_key(model, prefix),
            "attribute_not_exists(pk) OR generation = :seen",
            {":seen": generation},
        )

    def unwatch(self, model: str, prefix: str) -> None:
        """Nothing looks at the drop any more; where none waits, nothing changes."""
        self._update(
            arrival_key(model, prefix),
            "attribute_exists(pk)",
            {"UpdateExpression": "REMOVE watcher, watched_key"},
        )

    def leave(self, model: str, prefix: str, key: str, run: str) -> bool:
        """The drop waits for `run` to free its model; False where it has done so, and the drop can be claimed now.

        One transaction: so whoever frees the model afterwards sees that the drop waits.
        """
        table = self._table.name
        busy = {
            "TableName": table,
            "Key": model_key(model),
            "ConditionExpression": "active_run = :run",
            "ExpressionAttributeValues": {":run": run},
        }
        waits = _waits(model, prefix, key, self._stamp())
        waits["UpdateExpression"] += " REMOVE watcher, watched_key"
        item = {"TableName": table, "Key": arrival_key(model, prefix), **waits}
        return self._transact([{"ConditionCheck": busy}, {"Update": item}])


def _waits(model: str, prefix: str, key: str, stamp: str) -> dict[str, Any]:
    """The update of an item whose drop waits from now on: its next generation."""
    expression = set_expression(
        {
            "kind": KIND,
            "sort": stamp,
            "model": model,
            "prefix": prefix,
            "key": key,
            "arrived_at": stamp,
            "tries": 0,
        }
    )
    expression["UpdateExpression"] += " ADD generation :one"
    expression["ExpressionAttributeValues"][":one"] = 1
    return expression
