"""Reading the records of runs and models."""

from __future__ import annotations

from collections.abc import Iterator

from boto3.dynamodb.conditions import Attr

from contracts.model_record import ModelRecord
from contracts.run_record import RunRecord
from functions.adapters.ledger_table import LedgerTable, drop_key, model_key, run_key
from functions.common.names import run_name


class UnknownRunError(LookupError):
    """A run was named that the ledger does not hold."""

    def __init__(self, run: str) -> None:
        super().__init__(f"run {run!r} is not in the ledger")


_KEPT_BY = (
    "run",
    "model",
    "fingerprint",
    "attempt",
    "status",
    "execution",
    "started_at",
    "updated_at",
    "steps",
    "archive",
    "approval",
    "live_since",
    "removed_at",
)
"""What a record has to have, and what tells whether its archive is kept."""


def _index_key(started_at: str, run: str) -> dict[str, str]:
    """Of a run's item in the index of its kind."""
    return run_key(run) | {"kind": "run", "sort": started_at}


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

    def runs(
        self,
        limit: int = 50,
        model: str | None = None,
        after: tuple[str, ...] | None = None,
    ) -> list[RunRecord]:
        """The newest runs first; `after` is when the last run of the page before started, and its name."""
        condition = Attr("model").eq(model) if model else None
        start = _index_key(*after) if after else None
        items = self._list("run", limit, condition, newest=True, start=start)
        return [RunRecord.read(content) for content in items]

    def runs_of(self, model: str) -> list[RunRecord]:
        """All runs of a model, the newest first, by the model's own items: other models cost nothing."""
        names = dict.fromkeys(self._run_names(model))
        runs = [run for name in names if (run := self.find_run(name))]
        return sorted(runs, key=lambda run: run.started_at, reverse=True)

    def _run_names(self, model: str) -> Iterator[str]:
        """The runs over each state of the model's files, and those that the model's record names."""
        for fingerprint, held in self._drops(model):
            for attempt in range(1, int(held["attempt"]) + 1):
                yield run_name(model, fingerprint, attempt)
        record = self.find_model(model)
        if record is not None:
            named = (record.champion, record.previous_champion, record.active_run)
            yield from (run for run in named if run)

    def runs_with_archives(self) -> list[RunRecord]:
        """Of every model, with no more of the records than tells which archives are kept."""
        has_archive = Attr("archive").exists()
        items = self._pages("run", condition=has_archive, fields=_KEPT_BY)
        return [RunRecord.read(content) for content in items]

    def unfinished_runs(self) -> list[RunRecord]:
        """Ended runs without a notification, with leftovers or objects to remove; the newest first."""
        unreported = Attr("ended_at").exists() & Attr("notified").not_exists()
        has_left = Attr("failure.leftovers[0]").exists()
        is_removed = Attr("removing").eq(True)
        left = unreported | has_left | is_removed
        items = self._pages("run", newest=True, condition=left)
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
