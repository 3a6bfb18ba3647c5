"""The DynamoDB table of models, runs and drops.

Items: `run#<run>` one run; `model#<model>`/`model` the model with its champion and the lock of its active run;
`model#<model>`/`drop#<fingerprint>` the last run over a fingerprint. The index `by_kind` lists runs by start and
models by name. A claim writes all three items in one transaction, so only one run can hold a model. An ended run
never comes back: late writers may add facts to it, but not change how it ended.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from contracts.documents import plain
from contracts.run_record import (
    IN_PROGRESS,
    Claim,
    ClaimOutcome,
    Drop,
    ModelRecord,
    RunRecord,
    RunStatus,
    Step,
)
from functions.common.names import resource_name, run_name

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

ATTEMPTS = 6


def utc_now() -> datetime:
    return datetime.now(UTC)


class LedgerConflictError(RuntimeError):
    """A conditional write kept losing against other writers."""


class UnknownRunError(LookupError):
    """A run was named that the ledger does not hold."""

    def __init__(self, run: str) -> None:
        super().__init__(f"run {run!r} is not in the ledger")


def _run_key(run: str) -> dict[str, str]:
    return {"pk": f"run#{run}", "sk": "run"}


def _model_key(model: str) -> dict[str, str]:
    return {"pk": f"model#{model}", "sk": "model"}


def _drop_key(model: str, fingerprint: str) -> dict[str, str]:
    return {"pk": f"model#{model}", "sk": f"drop#{fingerprint}"}


class Ledger:
    """The only way to the table. Methods raise botocore's `ClientError` for what AWS refuses unexpectedly."""

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
        item = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        return _record_of(item) if item else None

    def find_run(self, run: str) -> RunRecord | None:
        content = self._get(_run_key(run))
        return RunRecord.read(content) if content else None

    def find_model(self, model: str) -> ModelRecord | None:
        content = self._get(_model_key(model))
        return ModelRecord.read(content) if content else None

    def get_run(self, run: str) -> RunRecord:
        """The run's record; raises `UnknownRunError` where there is none."""
        record = self.find_run(run)
        if record is None:
            raise UnknownRunError(run)
        return record

    def runs(self, limit: int = 50, model: str | None = None) -> list[RunRecord]:
        """The newest runs first."""
        condition = Attr("model").eq(model) if model else None
        return [
            RunRecord.read(content)
            for content in self._list("run", limit, condition, newest=True)
        ]

    def models(self, limit: int = 1000) -> list[ModelRecord]:
        """The models by name."""
        return [
            ModelRecord.read(content)
            for content in self._list("model", limit, None, newest=False)
        ]

    def claiming_run(self, model: str, fingerprint: str) -> str | None:
        """The run that last claimed this state of the model's files."""
        held = self._get(_drop_key(model, fingerprint))
        return held["run"] if held else None

    def _list(
        self, kind: str, limit: int, condition: Any, newest: bool
    ) -> list[dict[str, Any]]:
        query: dict[str, Any] = {
            "IndexName": "by_kind",
            "KeyConditionExpression": Key("kind").eq(kind),
            "ScanIndexForward": not newest,
        } | ({"FilterExpression": condition} if condition else {"Limit": limit})
        records: list[dict[str, Any]] = []
        while len(records) < limit:
            page = self._table.query(**query)
            records += [_record_of(item) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        return records[:limit]

    def claim(self, drop: Drop, execution: str) -> Claim:
        """Makes `execution` the only owner of the drop, or says which run is in the way.

        The same execution asking again gets its own run back. Raises `LedgerConflictError` after repeated races.
        """
        for attempt in range(ATTEMPTS):
            if claim := self._try_claim(drop, execution):
                return claim
            self._sleep(random.uniform(0, 0.02 * 2**attempt))
        raise LedgerConflictError(
            f"the drop of {drop.model!r} could not be claimed in {ATTEMPTS} attempts"
        )

    def _try_claim(self, drop: Drop, execution: str) -> Claim | None:
        # The model first: a lock seen here belongs to a claim whose drop the next read sees as well.
        model = self.find_model(drop.model)
        held = self._get(_drop_key(drop.model, drop.fingerprint))
        if held and (claim := self._standing_claim(held, drop, model, execution)):
            return claim
        if model and model.active_run:
            return Claim(ClaimOutcome.BUSY, model.active_run)
        attempt = held["attempt"] + 1 if held else 1
        run = run_name(drop.model, drop.fingerprint, attempt)
        return (
            Claim(ClaimOutcome.CLAIMED, run)
            if self._write_claim(drop, run, attempt, execution)
            else None
        )

    def _standing_claim(
        self,
        held: dict[str, Any],
        drop: Drop,
        model: ModelRecord | None,
        execution: str,
    ) -> Claim | None:
        """A claim that already stands for this fingerprint, or None where a new attempt may be made."""
        run = self.find_run(held["run"])
        if run is None:
            return None
        if run.execution == execution:
            return Claim(ClaimOutcome.CLAIMED, run.run)
        is_champion = model is not None and model.champion == run.run
        is_late_event = held["versions"] == drop.versions
        stands = run.is_in_progress or is_champion or is_late_event
        return Claim(ClaimOutcome.DUPLICATE, run.run) if stands else None

    def _write_claim(self, drop: Drop, run: str, attempt: int, execution: str) -> bool:
        stamp, table = self._stamp(), self._table.name
        record = RunRecord(
            run=run,
            model=drop.model,
            fingerprint=drop.fingerprint,
            attempt=attempt,
            status=RunStatus.INSPECTING,
            execution=execution,
            started_at=stamp,
            updated_at=stamp,
            steps=(Step(step=RunStatus.INSPECTING, at=stamp),),
        )
        held = {"run": run, "attempt": attempt, "versions": drop.versions}
        put_drop: dict[str, Any] = {
            "TableName": table,
            "Item": _drop_key(drop.model, drop.fingerprint) | held,
        }
        put_drop |= (
            {"ConditionExpression": "attribute_not_exists(pk)"}
            if attempt == 1
            else {
                "ConditionExpression": "attempt = :held",
                "ExpressionAttributeValues": {":held": attempt - 1},
            }
        )
        put_run = {
            "TableName": table,
            "Item": _run_key(run)
            | {"kind": "run", "sort": stamp}
            | _to_item(record.write()),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        model = {
            "kind": "model",
            "sort": drop.model,
            "model": drop.model,
            "active_run": run,
            "updated_at": stamp,
        }
        lock = {
            "TableName": table,
            "Key": _model_key(drop.model),
            "ConditionExpression": "attribute_not_exists(active_run)",
            **_set_expression(
                model | {"endpoint": resource_name(self._stack, drop.model)}
            ),
        }
        return self._transact([{"Put": put_drop}, {"Put": put_run}, {"Update": lock}])

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
        try:
            self._table.update_item(
                Key=key,
                ConditionExpression=condition,
                **expression
                | ({"ExpressionAttributeValues": attributes} if attributes else {}),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _progress(
        self,
        run: str,
        status: RunStatus,
        fields: dict[str, Any],
        only_from: frozenset[RunStatus],
    ) -> bool:
        """Moves the run to `status` unless it is there already, or is in none of `only_from` (if any are given)."""
        stamp = self._stamp()
        changes = fields | {"updated_at": stamp, "status": status}
        allowed = {
            f"from{i}": value for i, value in enumerate(sorted(only_from - {status}))
        }
        expression = _set_expression(changes, {"step": status, "at": stamp})
        expression["ExpressionAttributeNames"]["#status"] = "status"
        condition = "attribute_exists(pk) AND "
        if allowed:
            condition += f"#status IN ({', '.join(f':{name}' for name in allowed)})"
            return self._update(_run_key(run), condition, expression, **allowed)
        return self._update(
            _run_key(run), condition + "#status <> :to", expression, to=status
        )

    def record(self, run: str, status: RunStatus | None = None, **fields: Any) -> None:
        """Sets fields of a run; a new status becomes a step, but nothing brings an ended run back to life."""
        if status is not None:
            only_from = IN_PROGRESS if status in IN_PROGRESS else frozenset()
            if self._progress(run, status, fields, only_from):
                return
        changes = _set_expression(fields | {"updated_at": self._stamp()})
        if not self._update(_run_key(run), "attribute_exists(pk)", changes):
            raise UnknownRunError(run)

    def end(self, run: str, status: RunStatus, **fields: Any) -> bool:
        """Ends a run in progress and frees its model for the next drop; False where it had ended before."""
        ended = self._progress(
            run, status, fields | {"ended_at": self._stamp()}, IN_PROGRESS
        )
        self._release(self.get_run(run).model, run)
        return ended

    def _release(self, model: str, run: str) -> None:
        self._update(
            _model_key(model),
            "active_run = :run",
            {"UpdateExpression": "REMOVE active_run"},
            run=run,
        )

    def promote(self, run: str) -> str | None:
        """Makes the run its model's champion in one transaction; returns the champion it replaced.

        Repeating it changes nothing. Raises `LedgerConflictError` where the run no longer holds its model.
        """
        record = self.get_run(run)
        model = self.find_model(record.model)
        champion = model.champion if model else None
        if champion == run:
            previous = model.previous_champion if model else None
        elif self._transact(self._promotion(record, champion)):
            previous = champion
        else:
            raise LedgerConflictError(
                f"run {run!r} no longer holds model {record.model!r}"
            )
        if previous:
            self.record(previous, RunStatus.SUPERSEDED)
        return previous

    def _promotion(
        self, record: RunRecord, previous: str | None
    ) -> list[dict[str, Any]]:
        stamp, table = self._stamp(), self._table.name
        facts = {
            "champion": record.run,
            "previous_champion": previous,
            "task": record.task,
            "custom": record.hooks is not None,
            "mode": record.deployment.mode or None,
            "updated_at": stamp,
        }
        model = _set_expression(facts)
        model["UpdateExpression"] += " REMOVE active_run"
        model["ExpressionAttributeValues"][":run"] = record.run
        run = _set_expression(
            {"status": RunStatus.LIVE, "ended_at": stamp, "updated_at": stamp},
            step={"step": RunStatus.LIVE, "at": stamp},
        )
        return [
            {
                "Update": {
                    "TableName": table,
                    "Key": _model_key(record.model),
                    "ConditionExpression": "active_run = :run",
                    **model,
                }
            },
            {
                "Update": {
                    "TableName": table,
                    "Key": _run_key(record.run),
                    "ConditionExpression": "attribute_exists(pk)",
                    **run,
                }
            },
        ]

    def retire_champion(self, model: str) -> None:
        """Forgets the champion after its endpoint was deleted on purpose."""
        record = self.find_model(model)
        if record and record.champion:
            self.record(record.champion, RunStatus.SUPERSEDED)
            expression = _set_expression({"updated_at": self._stamp()})
            expression["UpdateExpression"] += " REMOVE champion"
            self._update(
                _model_key(model),
                "champion = :champion",
                expression,
                champion=record.champion,
            )


_INDEX_ATTRIBUTES = frozenset({"pk", "sk", "kind", "sort"})


def _to_item(value: Any) -> Any:
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


def _record_of(item: dict[str, Any]) -> dict[str, Any]:
    """An item without the attributes that only place it in the table."""
    return {
        key: _from_item(value)
        for key, value in item.items()
        if key not in _INDEX_ATTRIBUTES
    }


def _set_expression(
    changes: dict[str, Any], step: dict[str, str] | None = None
) -> dict[str, Any]:
    """The `SET` of `update_item` for these attributes, with `step` appended to the history."""
    sets = [f"#f{i} = :f{i}" for i in range(len(changes))]
    names = {f"#f{i}": name for i, name in enumerate(changes)}
    values = {f":f{i}": _to_item(value) for i, value in enumerate(changes.values())}
    if step is not None:
        sets.append("#steps = list_append(#steps, :step)")
        names["#steps"] = "steps"
        values[":step"] = [step]
    return {
        "UpdateExpression": "SET " + ", ".join(sets),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
