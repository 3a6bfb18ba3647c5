"""The DynamoDB table of models, runs and drops.

Items: `run#<run>` one run; `model#<model>`/`model` the model with its champion and the lock of its active run;
`model#<model>`/`drop#<fingerprint>` the last run over a fingerprint. The index `by_kind` lists runs by start and
models by name. A claim writes all three items in one transaction, so only one run can hold a model.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from functions.logic.names import resource_name, run_name
from functions.logic.records import IN_PROGRESS, Claim, Drop, Model, Run, RunStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

ATTEMPTS = 5


def utc_now() -> datetime:
    return datetime.now(UTC)


class LedgerConflictError(RuntimeError):
    """A conditional write kept losing against other writers."""


def _to_item(value: Any) -> Any:
    return json.loads(json.dumps(value), parse_float=Decimal)


def _from_item(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _from_item(part) for key, part in value.items()}
    return [_from_item(part) for part in value] if isinstance(value, list) else value


def _run_key(run: str) -> dict[str, str]:
    return {"pk": f"run#{run}", "sk": "run"}


def _model_key(model: str) -> dict[str, str]:
    return {"pk": f"model#{model}", "sk": "model"}


class Ledger:
    """The only way to the table. Methods raise botocore's `ClientError` for what AWS refuses unexpectedly."""

    def __init__(self, table: Table, stack: str, now: Callable[[], datetime] = utc_now) -> None:
        self._table = table
        self._stack = stack
        self._now = now

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="milliseconds")

    def _get(self, key: dict[str, str]) -> dict[str, Any] | None:
        item = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        return cast(dict[str, Any], _from_item(item)) if item else None

    def run(self, run: str) -> Run | None:
        return cast(Run | None, self._get(_run_key(run)))

    def model(self, model: str) -> Model | None:
        return cast(Model | None, self._get(_model_key(model)))

    def runs(self, limit: int = 50, model: str | None = None) -> list[Run]:
        """The newest runs first."""
        return cast(list[Run], self._list("run", limit, Attr("model").eq(model) if model else None))

    def models(self, limit: int = 1000) -> list[Model]:
        return cast(list[Model], self._list("model", limit, None)[::-1])

    def _list(self, kind: str, limit: int, condition: Any) -> list[dict[str, Any]]:
        query: dict[str, Any] = {
            "IndexName": "by_kind",
            "KeyConditionExpression": Key("kind").eq(kind),
            "ScanIndexForward": False,
        } | ({"FilterExpression": condition} if condition else {})
        found: list[dict[str, Any]] = []
        while len(found) < limit:
            page = self._table.query(**query)
            found += [_from_item(item) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        return found[:limit]

    def claim(self, drop: Drop, execution: str) -> Claim:
        """Makes `execution` the only owner of the drop, or says which run is in the way.

        The same execution asking again gets its own run back. Raises `LedgerConflictError` after repeated races.
        """
        for _ in range(ATTEMPTS):
            held = self._get({"pk": f"model#{drop.model}", "sk": f"drop#{drop.fingerprint}"})
            model = self.model(drop.model)
            if held and (claim := self._claim_of(held, drop, model, execution)):
                return claim
            if model and (active := model.get("active_run")):
                return Claim("busy", active)
            attempt = held["attempt"] + 1 if held else 1
            run = run_name(drop.model, drop.fingerprint, attempt)
            if self._write_claim(drop, run, attempt, held, execution):
                return Claim("claimed", run)
        raise LedgerConflictError(f"the drop of {drop.model!r} could not be claimed in {ATTEMPTS} attempts")

    def _claim_of(self, held: dict[str, Any], drop: Drop, model: Model | None, execution: str) -> Claim | None:
        """A claim that already stands for this fingerprint, or None where a new attempt may be made."""
        run = self.run(held["run"])
        if run is None:
            return None
        if run["execution"] == execution:
            return Claim("claimed", run["run"])
        in_progress = run["status"] in IN_PROGRESS
        is_champion = model is not None and model.get("champion") == run["run"]
        late_event = held["versions"] == drop.versions
        return Claim("duplicate", run["run"]) if in_progress or is_champion or late_event else None

    def _write_claim(self, drop: Drop, run: str, attempt: int, held: dict[str, Any] | None, execution: str) -> bool:
        stamp, table = self._stamp(), self._table.name
        record: Run = {
            "run": run,
            "model": drop.model,
            "fingerprint": drop.fingerprint,
            "attempt": attempt,
            "status": "inspecting",
            "execution": execution,
            "started_at": stamp,
            "updated_at": stamp,
            "steps": [{"step": "inspecting", "at": stamp}],
        }
        drop_item = {
            "pk": f"model#{drop.model}",
            "sk": f"drop#{drop.fingerprint}",
            "run": run,
            "attempt": attempt,
            "versions": drop.versions,
        }
        put_drop: dict[str, Any] = {"TableName": table, "Item": drop_item}
        if held:
            put_drop |= {
                "ConditionExpression": "attempt = :held",
                "ExpressionAttributeValues": {":held": held["attempt"]},
            }
        else:
            put_drop["ConditionExpression"] = "attribute_not_exists(pk)"
        lock = {
            "TableName": table,
            "Key": _model_key(drop.model),
            "ConditionExpression": "attribute_not_exists(active_run)",
            **self._set(
                {
                    "active_run": run,
                    "kind": "model",
                    "sort": drop.model,
                    "model": drop.model,
                    "endpoint": resource_name(self._stack, drop.model),
                    "updated_at": stamp,
                }
            ),
        }
        put_run = {
            "TableName": table,
            "Item": _run_key(run) | {"kind": "run", "sort": stamp} | _to_item(record),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        return self._transact([{"Put": put_drop}, {"Put": put_run}, {"Update": lock}])

    def _transact(self, items: list[dict[str, Any]]) -> bool:
        """False where a condition did not hold; any other refusal is raised."""
        try:
            self._table.meta.client.transact_write_items(TransactItems=cast(Any, items))
        except ClientError as error:
            if error.response["Error"]["Code"] == "TransactionCanceledException":
                return False
            raise
        return True

    def record(self, run: str, status: RunStatus | None = None, **fields: Any) -> None:
        """Sets fields of a run; a status that differs from the present one also becomes a step."""
        stamp = self._stamp()
        present = self.run(run)
        changes: dict[str, Any] = {**fields, "updated_at": stamp}
        if status is not None and present is not None and present["status"] != status:
            changes["status"] = status
            changes["steps"] = [*present["steps"], {"step": status, "at": stamp}]
        self._table.update_item(Key=_run_key(run), **self._set(changes))

    @staticmethod
    def _set(changes: dict[str, Any]) -> dict[str, Any]:
        return {
            "UpdateExpression": "SET " + ", ".join(f"#{i} = :{i}" for i in range(len(changes))),
            "ExpressionAttributeNames": {f"#{i}": name for i, name in enumerate(changes)},
            "ExpressionAttributeValues": {f":{i}": _to_item(value) for i, value in enumerate(changes.values())},
        }

    def end(self, run: str, status: RunStatus, **fields: Any) -> None:
        """Ends a run and frees its model for the next drop; repeating it changes nothing more."""
        self.record(run, status, **fields, ended_at=self._stamp())
        record = self.run(run)
        if record is not None:
            self._release_lock(record["model"], run)

    def _release_lock(self, model: str, run: str) -> None:
        try:
            self._table.update_item(
                Key=_model_key(model),
                UpdateExpression="REMOVE active_run",
                ConditionExpression=Attr("active_run").eq(run),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def promote(self, run: str) -> str | None:
        """Makes the run its model's champion in one conditional write; returns the champion it replaced.

        Repeating it changes nothing. Raises `LedgerConflictError` where the run no longer holds its model.
        """
        record = self.run(run)
        if record is None:
            raise LedgerConflictError(f"run {run!r} is not in the ledger")
        model = self.model(record["model"]) or cast(Model, {})
        if model.get("champion") == run:
            return cast(str | None, model.get("previous_champion"))
        previous = model.get("champion")
        try:
            self._table.update_item(
                Key=_model_key(record["model"]),
                UpdateExpression="SET champion = :run, previous_champion = :previous, updated_at = :stamp REMOVE active_run",
                ConditionExpression=Attr("active_run").eq(run),
                ExpressionAttributeValues={":run": run, ":previous": previous, ":stamp": self._stamp()},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                raise LedgerConflictError(f"run {run!r} no longer holds model {record['model']!r}") from error
            raise
        self.record(run, "live", ended_at=self._stamp())
        if previous:
            self.record(previous, "superseded")
        return previous

    def retire_champion(self, model: str) -> None:
        """Forgets the champion after its endpoint was deleted on purpose."""
        record = self.model(model)
        if record and (champion := record.get("champion")):
            self.record(champion, "superseded")
            self._table.update_item(
                Key=_model_key(model),
                UpdateExpression="REMOVE champion SET updated_at = :stamp",
                ExpressionAttributeValues={":stamp": self._stamp()},
            )
