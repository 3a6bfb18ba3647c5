"""Reading the records of runs and models."""

from __future__ import annotations

from boto3.dynamodb.conditions import Attr

from contracts.run_record import ModelRecord, RunRecord
from functions.adapters.ledger_table import LedgerTable, drop_key, model_key, run_key


class UnknownRunError(LookupError):
    """A run was named that the ledger does not hold."""

    def __init__(self, run: str) -> None:
        super().__init__(f"run {run!r} is not in the ledger")


class LedgerRecords(LedgerTable):
    """Records by name, and lists of them."""

    def find_run(self, run: str) -> RunRecord | None:
        content = self._get(run_key(run))
        return RunRecord.read(content) if content else None

    def find_model(self, model: str) -> ModelRecord | None:
        content = self._get(model_key(model))
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

    def unfinished_runs(self) -> list[RunRecord]:
        """Ended runs without a notification, or with leftovers, however old they are; the newest first."""
        unreported = Attr("ended_at").exists() & Attr("notified").not_exists()
        has_left = Attr("failure.leftovers[0]").exists()
        items = self._pages("run", newest=True, condition=unreported | has_left)
        return [RunRecord.read(content) for content in items]

    def models(self, limit: int | None = 1000) -> list[ModelRecord]:
        """The models by name; all of them with None."""
        return [
            ModelRecord.read(content)
            for content in self._list("model", limit, None, newest=False)
        ]

    def claiming_run(self, model: str, fingerprint: str) -> str | None:
        """The run that last claimed this state of the model's files."""
        held = self._get(drop_key(model, fingerprint))
        return held["run"] if held else None
