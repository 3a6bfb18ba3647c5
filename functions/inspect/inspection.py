"""What Inspect does with an upload, step by step.

place    the key tells the model, or that no drop is meant          -> ignored
settle   every file of the drop has been there for a while          -> arriving
claim    one run per content of the drop, one run per model         -> busy, duplicate
plan     settings and code are read, archives of data are unpacked,
         the layout of the data is found                             -> rejected
prepare  by the plan's route, see functions/inspect/preparation     -> rejected, ready, deployable
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from contracts import locations
from contracts.model_record import Claim, ClaimOutcome, Drop, ModelRecord
from contracts.outcomes import InspectOutcome
from contracts.problems import Problem
from contracts.run_record import RunStatus
from functions.common.drop import (
    RECORDED_FILES,
    DropFile,
    DropLocation,
    bad_path,
    files_of,
    fingerprint_of,
    locate,
    seconds_until_quiet,
)
from functions.common.settings import Settings
from functions.inspect.archives import UnpackedFiles, unpack
from functions.inspect.common.parts import DropFiles
from functions.inspect.common.user_code import TRAINING
from functions.inspect.layouts import plan_of
from functions.inspect.preparation import (
    PREPARATIONS,
    InspectionContext,
    LookUpInHub,
    PreparationResult,
    PreparedRun,
    Rejection,
    Storage,
)
from functions.inspect.preparation.drop_config import (
    DropConfig,
    lacks_data,
    read_drop_config,
)
from functions.inspect.preparation.manifest import Manifest, ManifestFile, manifest_key
from functions.inspect.preparation.resolved_spec import unavailable_mode

MAX_SETTLE_PERIODS = 10
"""How many times longer than usual a drop may be quiet that cannot be complete yet."""

Answer = dict[str, Any]


class Ledger(Protocol):
    """What inspection asks of the ledger."""

    def claim(self, drop: Drop, execution: str) -> Claim: ...
    def find_model(self, model: str) -> ModelRecord | None: ...
    def record(
        self, run: str, status: RunStatus | None = None, **fields: Any
    ) -> None: ...
    def end(self, run: str, status: RunStatus, **fields: Any) -> object: ...


@dataclass(frozen=True)
class Inspection:
    """Inspects drops; everything it touches is given to it."""

    storage: Storage
    ledger: Ledger
    settings: Settings
    now: Callable[[], datetime]
    look_up_in_hub: LookUpInHub

    def inspect(self, key: str, execution: str) -> Answer:
        """The answer of the Lambda: an outcome and what docs/architecture.md puts beside it."""
        place = locate(key)
        files = files_of(place, self.storage.list(place.prefix)) if place else []
        if place is None or not files:
            return {"outcome": InspectOutcome.IGNORED}
        if wait := self._wait(files):
            return {
                "outcome": InspectOutcome.ARRIVING,
                "model": place.model,
                "wait_seconds": wait,
            }
        return self._claim(place, files, execution)

    def _wait(self, files: list[DropFile]) -> int:
        settle = self.settings.settle_seconds
        wait = seconds_until_quiet(files, self.now(), settle)
        if wait or not lacks_data(DropFiles.of(files), self._read):
            return wait
        return min(
            settle, seconds_until_quiet(files, self.now(), settle * MAX_SETTLE_PERIODS)
        )

    def _read(self, file: DropFile, most: int) -> bytes:
        with self._open(file) as stream:
            return stream.read(most)

    def _claim(
        self, place: DropLocation, files: list[DropFile], execution: str
    ) -> Answer:
        claim = self.ledger.claim(fingerprint_of(place.model, files), execution)
        answer: Answer = {"run": claim.run, "model": place.model}
        if claim.outcome is ClaimOutcome.BUSY:
            return answer | {"outcome": InspectOutcome.BUSY}
        if claim.outcome is ClaimOutcome.DUPLICATE:
            return answer | {"outcome": InspectOutcome.DUPLICATE}
        result = self._prepare(place, files, claim.run)
        return answer | self.finish(claim.run, place.model, files, result)

    def finish(
        self, run: str, model: str, files: list[DropFile], result: PreparationResult
    ) -> Answer:
        """Records what was made of a claimed drop; its outcome."""
        if isinstance(result, Rejection):
            return {"outcome": self._reject(run, files, result)}
        if isinstance(result, PreparedRun):
            return {"outcome": self._publish(run, result)}
        manifest = Manifest(
            model=model,
            files=tuple(map(ManifestFile.of, files)),
            shards=tuple(result.shards),
            split_column=result.split_column,
        )
        self.storage.write_json(manifest_key(run), manifest.write())
        return {"outcome": InspectOutcome.SHARDED, "shards": len(result.shards)}

    def _prepare(
        self, place: DropLocation, files: list[DropFile], run: str
    ) -> PreparationResult:
        problem = place.problem or next(filter(None, map(_bad_path, files)), None)
        if problem:
            return Rejection.of(problem)
        with tempfile.TemporaryDirectory(prefix="drop-") as folder:
            context = self.context_of(place.model, files, run, Path(folder))
            if isinstance(context, Rejection):
                return context
            return PREPARATIONS[context.plan.route](context)

    def context_of(
        self, model: str, files: list[DropFile], run: str, folder: Path
    ) -> InspectionContext | Rejection:
        """A claimed drop, read so far as its settings and code; its archives are unpacked below `folder`."""
        parts = DropFiles.of(files)
        config = read_drop_config(parts, self._read)
        if isinstance(config, list):
            return Rejection.of(*config)
        if problem := unavailable_mode(config.options, self.settings):
            return Rejection.of(problem)
        unpacked = self._unpack(parts, config, folder)
        if isinstance(unpacked, Problem):
            return Rejection.of(unpacked)
        plan = plan_of(replace(parts, data=unpacked.data), config.options)
        if isinstance(plan, Problem):
            return Rejection.of(plan)
        plan = replace(plan, notes=(*unpacked.notes, *plan.notes))
        record = self.ledger.find_model(model)
        return InspectionContext(
            run,
            model,
            parts,
            plan,
            config,
            self.storage,
            self.settings,
            folder,
            self.look_up_in_hub,
            unpacked.paths,
            record.champion if record else None,
        )

    def _unpack(
        self, parts: DropFiles, config: DropConfig, folder: Path
    ) -> UnpackedFiles | Problem:
        """The data files with those of archives; a training script gets its files as they are."""
        if config.options.hub or any(file.name == TRAINING for file in parts.code):
            return UnpackedFiles(parts.data)
        return unpack(parts.data, self._open, folder)

    def _open(self, file: DropFile) -> BinaryIO:
        return self.storage.open(file.stored.key, file.stored.version_id)

    def _reject(
        self, run: str, files: list[DropFile], rejection: Rejection
    ) -> InspectOutcome:
        self.ledger.end(
            run,
            RunStatus.REJECTED,
            problems=rejection.problems.records(),
            problem_count=rejection.problems.count,
            warnings=list(rejection.warnings),
            data={
                "files": [file.name for file in files[:RECORDED_FILES]],
                "rows_accepted": rejection.rows,
            },
        )
        return InspectOutcome.REJECTED

    def _publish(self, run: str, prepared: PreparedRun) -> InspectOutcome:
        spec = prepared.spec
        self.storage.write_json(locations.profile_key(run), prepared.profile)
        written = self.storage.write_json(locations.spec_key(run), spec.write())
        facts: dict[str, Any] = {"spec": written}
        facts |= {"hooks": spec.hooks} if spec.hooks else {}
        facts |= {"example": spec.example} if spec.example is not None else {}
        facts |= {"archive": self.storage.find(spec.archive)} if spec.archive else {}
        warnings = list(prepared.warnings)
        self.ledger.record(
            run, None, task=spec.task, data=prepared.record, warnings=warnings, **facts
        )
        return prepared.outcome


def _bad_path(file: DropFile) -> Problem | None:
    return bad_path(file.name)
