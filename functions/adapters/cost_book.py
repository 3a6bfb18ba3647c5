"""What the ledger's table says of costs: what runs, what was booked, and how fast trainings were.

Items: `costs#running`/<name> a training job or an endpoint that bills, or is about to; `costs#<month>`/<name> what was
booked in a month; `costs#turn` the number of reservations, so that two of them are not made on the same sum;
`rates#<kind of training>`/<time and run> what a training took. A booking takes an item out of `costs#running` in the
transaction that books it, so whatever is repeated books once. Amounts name models and runs, and no data.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from contracts.costs import BookedCost, CostCategory, RateSample, RunningCost
from functions.adapters.errors import translated
from functions.adapters.ledger_table import LedgerTable, set_expression, to_item

RATE_SAMPLES = 10
"""Of one kind of training: the newest count."""


def month_of(stamp: str) -> str:
    """`2026-11` of a time in ISO 8601."""
    return stamp[:7]


def _running_key(name: str) -> dict[str, str]:
    return {"pk": "costs#running", "sk": name}


def _booked_key(cost: BookedCost) -> dict[str, str]:
    """A job is billed once, in the month of its end; an endpoint once for each time that it ran in a month."""
    if cost.category is CostCategory.ENDPOINT:
        return {
            "pk": f"costs#{month_of(cost.since)}",
            "sk": f"{cost.name}#{cost.since}",
        }
    return {"pk": f"costs#{month_of(cost.until)}", "sk": cost.name}


_TURN = {"pk": "costs#turn", "sk": "turn"}
_IS_NEW = "attribute_not_exists(pk)"


@translated
class CostBook(LedgerTable):
    """The only way to these items."""

    def running(self) -> list[RunningCost]:
        """Everything that bills now, or is about to."""
        items = self._partition(_running_key("")["pk"])
        return [RunningCost.read(content) for _, content in items]

    def find_running(self, name: str) -> RunningCost | None:
        content = self._get(_running_key(name))
        return RunningCost.read(content) if content else None

    def booked(self, month: str) -> list[BookedCost]:
        """What was booked in a month such as `2026-11`."""
        items = self._partition(f"costs#{month}")
        return [BookedCost.read(content) for _, content in items]

    def turn(self) -> int:
        """Grows with every reservation."""
        return int((self._get(_TURN) or {}).get("turn", 0))

    def reserve(self, cost: RunningCost, turn: int) -> bool:
        """Notes a job that is about to be created; False where another reservation came first since `turn` was read."""
        following = set_expression({"turn": turn + 1})
        following["ConditionExpression"] = "#f0 = :turn" if turn else _IS_NEW
        if turn:
            following["ExpressionAttributeValues"][":turn"] = turn
        return self._transact(
            [
                self._put(_running_key(cost.name), cost.write()),
                {"Update": {"TableName": self._table.name, "Key": _TURN, **following}},
            ]
        )

    def begin(self, cost: RunningCost) -> bool:
        """Notes an endpoint that bills from now on; one that is noted already keeps its beginning."""
        return self._transact(
            [self._put(_running_key(cost.name), cost.write(), _IS_NEW)]
        )

    def book(self, cost: RunningCost, amounts: Sequence[BookedCost]) -> bool:
        """Books what runs no more, once; False where somebody else has booked it, or what runs is another."""
        condition = {"ConditionExpression": "since = :since"}
        values = {"ExpressionAttributeValues": {":since": cost.since}}
        key = {"TableName": self._table.name, "Key": _running_key(cost.name)}
        end = {"Delete": {**key, **condition, **values}}
        booked = [
            self._put(_booked_key(amount), amount.write(), _IS_NEW)
            for amount in amounts
        ]
        return self._transact([end, *booked])

    def is_booked(self, amount: BookedCost) -> bool:
        return self._get(_booked_key(amount)) is not None

    def forget(self, cost: RunningCost) -> bool:
        """Takes out a reservation that nothing came of; False where it is another by now."""
        return self._delete(
            _running_key(cost.name), "since = :since", {":since": cost.since}
        )

    def learn(self, kind: str, finished_at: str, sample: RateSample) -> None:
        """Keeps what a training took; `finished_at` and the run tell it from others, so a repeat changes nothing."""
        key = {"pk": f"rates#{kind}", "sk": f"{finished_at}#{sample.run}"}
        self._table.put_item(Item=key | to_item(sample.write()))

    def rates(self, kind: str) -> list[RateSample]:
        """The newest samples of a kind of training."""
        items = islice(self._partition(f"rates#{kind}", newest=True), RATE_SAMPLES)
        return [RateSample.read(content) for _, content in items]

    def _put(
        self, key: dict[str, str], content: dict[str, Any], condition: str = ""
    ) -> dict[str, Any]:
        put: dict[str, Any] = {
            "TableName": self._table.name,
            "Item": key | to_item(content),
        }
        return {"Put": put | ({"ConditionExpression": condition} if condition else {})}
