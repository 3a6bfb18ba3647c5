"""The ledger's table: items of DynamoDB, and writes whose conditions may fail."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from contracts.documents import plain

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

MAX_KEY_BYTES = 2048
"""Of a partition key (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html)."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def run_key(run: str) -> dict[str, str]:
    return {"pk": f"run#{run}", "sk": "run"}


def model_key(model: str) -> dict[str, str]:
    return {"pk": f"model#{model}", "sk": "model"}


def drop_key(model: str, fingerprint: str) -> dict[str, str]:
    return {"pk": f"model#{model}", "sk": f"drop#{fingerprint}"}


def answers_partition(model: str) -> str:
    """Where predictions are counted."""
    return f"answers#{model}"


class LedgerTable:
    """What every part of the ledger does with the table."""

    def __init__(
        self,
        table: Table,
        stack: str,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._table = table
        self._stack = stack
        self._now = now
        self._sleep = sleep

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="milliseconds")

    def _get(self, key: dict[str, str]) -> dict[str, Any] | None:
        """None for a key that DynamoDB would refuse too: no item can have it."""
        if len(key["pk"].encode()) > MAX_KEY_BYTES:
            return None
        item = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        return record_of(item) if item else None

    def _list(
        self,
        kind: str,
        limit: int | None,
        condition: Any,
        newest: bool,
        start: dict[str, str] | None = None,
    ) -> list[dict[str, Any]]:
        """`start` is the key in the index of an item, behind which the list begins."""
        page_items = None if condition else limit
        pages = self._pages(
            kind,
            newest=newest,
            page_items=page_items,
            condition=condition,
            start=start,
        )
        return list(islice(pages, limit))

    def _pages(
        self,
        kind: str,
        *,
        newest: bool = False,
        page_items: int | None = None,
        condition: Any = None,
        fields: Sequence[str] = (),
        start: dict[str, str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """The items of a kind, or these fields of them, asked for page by page as they are used."""
        query: dict[str, Any] = {
            "IndexName": "by_kind",
            "KeyConditionExpression": Key("kind").eq(kind),
            "ScanIndexForward": not newest,
        }
        query |= {"FilterExpression": condition} if condition else {}
        query |= {"Limit": page_items} if page_items else {}
        query |= {"ExclusiveStartKey": start} if start else {}
        if fields:
            names = {f"#p{i}": name for i, name in enumerate(fields)}
            query |= {
                "ProjectionExpression": ", ".join(names),
                "ExpressionAttributeNames": names,
            }
        while True:
            page = self._table.query(**query)
            yield from (record_of(item) for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _drops(self, model: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Fingerprint and content of each claim of a model's files."""
        prefix = drop_key(model, "")
        for name, content in self._partition(prefix["pk"], prefix["sk"]):
            yield name.removeprefix(prefix["sk"]), content

    def _partition(
        self,
        partition: str,
        prefix: str = "",
        *,
        newest: bool = False,
        start: dict[str, str] | None = None,
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Sort key and content of the items of a partition whose sort keys begin so; read consistently, by sort key.

        `start` is the key of an item, behind which they begin.
        """
        if len(partition.encode()) > MAX_KEY_BYTES:
            return
        condition = Key("pk").eq(partition)
        query: dict[str, Any] = {
            "KeyConditionExpression": condition & Key("sk").begins_with(prefix)
            if prefix
            else condition,
            "ConsistentRead": True,
            "ScanIndexForward": not newest,
        }
        query |= {"ExclusiveStartKey": start} if start else {}
        while True:
            page = self._table.query(**query)
            for item in page["Items"]:
                yield str(item["sk"]), record_of(item)
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _transact(self, items: list[dict[str, Any]]) -> bool:
        """False where a condition did not hold or another writer came first; any other refusal is raised."""
        try:
            self._table.meta.client.transact_write_items(TransactItems=cast(Any, items))
        except ClientError as error:
            if error.response["Error"]["Code"] in {
                "TransactionCanceledException",
                "TransactionInProgressException",
            }:
                return False
            raise
        return True

    def _update(
        self,
        key: dict[str, str],
        condition: str,
        expression: dict[str, Any],
        **values: Any,
    ) -> bool:
        """False where the condition did not hold."""
        attributes = expression.get("ExpressionAttributeValues", {}) | {
            f":{name}": value for name, value in values.items()
        }
        expression = expression | {"ConditionExpression": condition}
        if attributes:
            expression["ExpressionAttributeValues"] = attributes
        return _succeeds(lambda: self._table.update_item(Key=key, **expression))

    def _delete(
        self, key: dict[str, str], condition: str, values: dict[str, Any]
    ) -> bool:
        """False where the condition did not hold."""
        request: dict[str, Any] = {"Key": key, "ConditionExpression": condition}
        request |= {"ExpressionAttributeValues": values} if values else {}
        return _succeeds(lambda: self._table.delete_item(**request))


def _succeeds(write: Callable[[], object]) -> bool:
    """False where the condition of a write did not hold."""
    try:
        write()
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True


_INDEX_ATTRIBUTES = frozenset({"pk", "sk", "kind", "sort"})


def to_item(value: Any) -> Any:
    """JSON data or records of `contracts`, with floats as decimals; NaN and infinity become null."""
    return json.loads(
        json.dumps(plain(value)), parse_float=Decimal, parse_constant=lambda _: None
    )


def _from_item(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _from_item(item) for key, item in value.items()}
    return [_from_item(item) for item in value] if isinstance(value, list) else value


def record_of(item: dict[str, Any]) -> dict[str, Any]:
    """An item without the attributes that only place it in the table."""
    return {
        key: _from_item(value)
        for key, value in item.items()
        if key not in _INDEX_ATTRIBUTES
    }


def set_expression(
    changes: dict[str, Any], step: dict[str, str] | None = None
) -> dict[str, Any]:
    """The `SET` of `update_item` for these attributes, with `step` appended to the history."""
    sets = [f"#f{i} = :f{i}" for i in range(len(changes))]
    names = {f"#f{i}": name for i, name in enumerate(changes)}
    values = {f":f{i}": to_item(value) for i, value in enumerate(changes.values())}
    if step is not None:
        sets.append("#steps = list_append(#steps, :step)")
        names["#steps"] = "steps"
        values[":step"] = [step]
    return {
        "UpdateExpression": "SET " + ", ".join(sets),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
