"""The ledger in memory."""

from __future__ import annotations

import json
from typing import Any, cast

from contracts.documents import plain
from contracts.drift import Drift
from contracts.model_record import Claim, Drop, ModelRecord
from contracts.run_record import IN_PROGRESS, RunRecord, RunStatus
from functions.adapters.ledger import Ledger, LedgerConflictError, UnknownRunError
from functions.adapters.ledger_table import drop_key
from functions.common.names import resource_name
from tests.unit.functions.fakes.clock import STACK, STAMP
from tests.unit.functions.specs import SPEC_VERSION


class MemoryLedger(Ledger):
    """Records in dicts, with the rules of the real one that the handlers rely on."""

    def __init__(self) -> None:
        self.run_records: dict[str, dict[str, Any]] = {}
        self.model_records: dict[str, dict[str, Any]] = {}
        self.claims: dict[tuple[str, str], dict[str, Any]] = {}
        """By the values of `drop_key`."""
        self.drops: list[Drop] = []
        """Of every claim that was asked for."""
        self.writes = 0

    def add(
        self,
        run: str,
        model: str = "reviews",
        status: str = "inspecting",
        **fields: Any,
    ) -> RunRecord:
        steps = fields.pop("steps", [status])
        record: dict[str, Any] = {
            "run": run,
            "model": model,
            "fingerprint": "f" * 64,
            "attempt": 1,
            "status": status,
            "execution": f"execution-{run}",
            "started_at": STAMP,
            "updated_at": STAMP,
            "steps": [{"step": name, "at": STAMP} for name in steps],
            "spec": SPEC_VERSION.write(),
            **json.loads(json.dumps(plain(fields))),
        }
        self.run_records[run] = record
        expected = self.model_records.setdefault(
            model,
            {
                "model": model,
                "endpoint": resource_name(STACK, model),
                "updated_at": STAMP,
            },
        )
        if status in IN_PROGRESS:
            expected["active_run"] = run
        if status == "live":
            expected["champion"] = run
            expected["task"] = fields.get("task")
        return RunRecord.read(self.run_records[run])

    def find_run(self, run: str) -> RunRecord | None:
        record = self.run_records.get(run)
        return RunRecord.read(json.loads(json.dumps(record))) if record else None

    def find_model(self, model: str) -> ModelRecord | None:
        record = self.model_records.get(model)
        return ModelRecord.read(dict(record)) if record else None

    def runs(
        self,
        limit: int = 50,
        model: str | None = None,
        after: tuple[str, ...] | None = None,
    ) -> list[RunRecord]:
        by_position = {
            (str(record["started_at"]), str(record["run"])): record
            for record in self.run_records.values()
            if model in (None, record["model"])
        }
        positions = sorted(by_position, reverse=True)
        behind = [item for item in positions if after is None or item < after]
        return [RunRecord.read(by_position[item]) for item in behind[:limit]]

    def runs_of(self, model: str) -> list[RunRecord]:
        return self.runs(10_000, model)

    def runs_with_archives(self) -> list[RunRecord]:
        return [run for run in self.runs(10_000) if run.archive]

    def unfinished_runs(self) -> list[RunRecord]:
        ended = [run for run in self.runs(10_000) if run.ended_at or run.failure]
        return [
            run
            for run in ended
            if (run.ended_at and not run.notified)
            or (run.failure and run.failure.leftovers)
        ]

    def free(self, model: str, run: str) -> bool:
        held = self.model_records[model].get("active_run") == run
        if held:
            del self.model_records[model]["active_run"]
        return held

    def models(self, limit: int | None = 1000) -> list[ModelRecord]:
        records = sorted(
            self.model_records.values(), key=lambda record: str(record["model"])
        )
        return [ModelRecord.read(record) for record in records[:limit]]

    def claim(self, drop: Drop, execution: str) -> Claim:
        """By the rules of the real one, on what is held here."""
        self.drops.append(drop)
        return super().claim(drop, execution)

    def _get(self, key: dict[str, str]) -> dict[str, Any] | None:
        """The claim at a key of `drop_key`: all that the real one reads of the table itself."""
        return self.claims.get((key["pk"], key["sk"]))

    def _write_claim(self, drop: Drop, run: str, attempt: int, execution: str) -> bool:
        self.add(
            run,
            drop.model,
            fingerprint=drop.fingerprint,
            attempt=attempt,
            execution=execution,
        )
        self.hold(drop, run, attempt)
        return True

    def hold(self, drop: Drop, run: str, attempt: int = 1) -> None:
        """From now on the drop is the run's."""
        held = {"run": run, "attempt": attempt, "versions": drop.versions}
        key = drop_key(drop.model, drop.fingerprint)
        self.claims[key["pk"], key["sk"]] = held

    def record(self, run: str, status: RunStatus | None = None, **fields: Any) -> None:
        self.writes += 1
        if run not in self.run_records:
            raise UnknownRunError(run)
        record = self.run_records[run]
        record.update(json.loads(json.dumps(plain(fields))))
        revived = status in IN_PROGRESS and record["status"] not in IN_PROGRESS
        if status and status != record["status"] and not revived:
            record["status"] = status
            record["steps"].append({"step": status, "at": STAMP})

    def end(self, run: str, status: RunStatus, **fields: Any) -> bool:
        record = self.run_records[run]
        in_progress = record["status"] in IN_PROGRESS
        if in_progress:
            self.record(run, status, **fields, ended_at=STAMP)
        model = self.model_records[record["model"]]
        if model.get("active_run") == run:
            del model["active_run"]
        return in_progress

    def promote(self, run: str) -> str | None:
        model = self.model_records[self.run_records[run]["model"]]
        if model.get("champion") == run:
            return cast("str | None", model.get("previous_champion"))
        if model.get("active_run") != run:
            raise LedgerConflictError(run)
        previous: str | None = model.get("champion")
        model["champion"], model["previous_champion"] = run, previous
        del model["active_run"]
        model.pop("asleep_since", None)
        self.record(run, RunStatus.LIVE, ended_at=STAMP)
        if previous:
            self.record(previous, RunStatus.SUPERSEDED)
        return previous

    def fall_asleep(self, model: ModelRecord) -> bool:
        record = self.model_records[model.model]
        is_other = record.get("champion") != model.champion
        if is_other or record.get("active_run") or record.get("asleep_since"):
            return False
        record["asleep_since"] = STAMP
        return True

    def record_drift(self, model: ModelRecord, drift: Drift) -> bool:
        record = self.model_records[model.model]
        if record.get("champion") != drift.run:
            return False
        record["drift"] = drift.write()
        return True

    def awake(self, model: ModelRecord) -> bool:
        record = self.model_records[model.model]
        if record.get("asleep_since") != model.asleep_since:
            return False
        return record.pop("asleep_since", None) is not None

    def retire_champion(self, model: str) -> None:
        champion = self.model_records[model].pop("champion", None)
        self.model_records[model].pop("asleep_since", None)
        if champion:
            self.record(champion, RunStatus.SUPERSEDED)
