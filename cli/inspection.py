"""Inspect on files of this machine: the same functions as the Lambda's, with no cloud and nothing that bills."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from cli.local_drop import LocalStorage, RunFields
from contracts import locations
from contracts.outcomes import InspectOutcome
from contracts.problems import Problem
from functions.adapters import hub
from functions.adapters.hub import HubError, HubModel
from functions.common.settings import PUBLIC_HUB, Settings
from functions.inspect.hub_lookup import Ask, look_up
from functions.inspect.inspection import Inspection
from functions.inspect.settings_file import Hub
from functions.inspect.sharded_inspection import ShardedInspection

SETTINGS = Settings(
    stack="traindrop",
    data_bucket="",
    ledger_table="",
    settle_seconds=0,
    base_model="sentence-transformers/all-MiniLM-L6-v2",
    training_instance_types=("ml.g5.xlarge", "ml.g4dn.xlarge", "ml.g6.xlarge"),
    hub_endpoint=os.environ.get("HF_ENDPOINT", PUBLIC_HUB),
)
"""Those of a stack whose parameters have their defaults."""
NO_FILES = Problem(
    "files of a dataset",
    "none",
    "Name a file, or a folder that holds what belongs below datasets/<model>/.",
)


class CheckOutcome(StrEnum):
    READY = "ready"
    REFUSED = "refused"
    QUESTION = "asked"


@dataclass(frozen=True)
class CheckResult:
    """A drop after Inspect. `record` are the fields of the run record, `rows` (split -> rows) what the job gets."""

    outcome: CheckOutcome
    record: Mapping[str, Any]
    spec: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def problems(self) -> Sequence[Mapping[str, Any]]:
        return list(self.record.get("problems", ()))


def inspect_files(
    files: Mapping[str, Path],
    model: str,
    row_limit: int | None = None,
    ask: Ask | None = None,
    settings: Settings = SETTINGS,
) -> CheckResult:
    """Inspects files (name in the drop -> file) as a drop of `model`; at most `row_limit` rows of each split are kept.

    `ask` is how the Hub is asked for a model.
    """
    keys = {f"{locations.DATASETS}{model}/{name}": path for name, path in files.items()}
    if not keys:
        return _refused(NO_FILES)
    run, hub_lookup = (
        RunFields(),
        HubLookup(ask or partial(hub.ask, endpoint=SETTINGS.hub_endpoint)),
    )
    with tempfile.TemporaryDirectory(prefix="traindrop-") as folder:
        storage = LocalStorage(keys, Path(folder))
        inspection = Inspection(
            storage, run, settings, lambda: datetime.now(UTC), hub_lookup
        )
        answer = inspection.inspect(next(iter(keys)), "check")
        if answer["outcome"] is InspectOutcome.SHARDED:
            sharded = ShardedInspection(inspection)
            answer = sharded.take_all(answer["run"], answer["shards"])
        if answer["outcome"] is InspectOutcome.IGNORED:
            return _refused(NO_FILES)
        return _result(
            answer["outcome"],
            run.fields | hub_lookup.fields(run.fields),
            storage,
            row_limit,
        )


class HubLookup:
    """Asks the Hub, without secrets; remembers where it could not be asked."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._warnings: list[str] = []

    def __call__(self, wanted: Hub) -> HubModel | Problem:
        if wanted.token_secret and wanted.task:
            return self._warn(wanted, "the token is in a secret of the stack's account")
        return look_up(wanted, SETTINGS.stack, _no_secret, partial(self._fetch, wanted))

    def _fetch(self, wanted: Hub, model_id: str, revision: str, token: str) -> HubModel:
        try:
            return self._ask(model_id, revision, token)
        except HubError as error:
            if error.status is None:
                self._warn(wanted, str(error))
            raise

    def _warn(self, wanted: Hub, reason: str) -> HubModel:
        self._warnings.append(
            f"{wanted.model_id} was not looked up in the Hub ({reason}): the stack does it when the files arrive."
        )
        return HubModel(commit=wanted.revision or "")

    def fields(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """`warnings` of the record with those of the lookup."""
        return {"warnings": [*record.get("warnings", ()), *self._warnings]}


def _no_secret(name: str) -> str:
    raise LookupError(
        f"no access to the secret {name!r} from here: set hub.task to check without it"
    )


def _refused(problem: Problem) -> CheckResult:
    record = {
        "problems": [{"message": str(problem)}],
        "problem_count": 1,
        "warnings": [],
    }
    return CheckResult(CheckOutcome.REFUSED, record)


def _result(
    outcome: InspectOutcome,
    record: Mapping[str, Any],
    storage: LocalStorage,
    row_limit: int | None,
) -> CheckResult:
    if outcome not in (InspectOutcome.READY, InspectOutcome.DEPLOYABLE):
        return CheckResult(_refusal(record), record)
    rows = {}
    for split, count in record["data"].get("rows", {}).items():
        if count:
            prefix = locations.channel_prefix(record["run"], split)
            rows[split] = storage.read_rows(prefix, row_limit)
    with storage.open(locations.spec_key(record["run"])) as spec:
        return CheckResult(CheckOutcome.READY, record, json.load(spec), rows)


def _refusal(record: Mapping[str, Any]) -> CheckOutcome:
    """A question, where every problem has choices."""
    problems = record["problems"]
    is_question = problems and all(problem.get("choices") for problem in problems)
    return CheckOutcome.QUESTION if is_question else CheckOutcome.REFUSED
