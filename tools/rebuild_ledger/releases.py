"""Which releases are served, found out from SageMaker's tags and from what Inspect and Judge left in S3.

Decide, then do: `decide` only reads, `carry_out` writes the ledger and names what it could not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from contracts import locations
from contracts.deployment_record import DeploymentRecord
from contracts.evaluation import Evaluation
from contracts.model_record import Drop
from contracts.outcomes import JudgeOutcome
from contracts.run_record import EvaluationSummary, RunRecord, RunStatus, Step
from contracts.spec import Spec
from contracts.stored_version import StoredVersion
from deployment_modes import mode_of_config
from functions.adapters.ledger_rebuild import RebuiltLedger
from functions.adapters.sagemaker import SageMaker
from functions.adapters.storage import Storage
from functions.common.documents import DOCUMENT_FILES, document_paths
from functions.common.drop import (
    PREFIX,
    DropLocation,
    StoredObject,
    files_of,
    fingerprint_of,
    locate,
)
from functions.common.endpoint_state import DEAD
from functions.common.names import resource_name, run_name, stack_prefix
from functions.common.tags import MODEL, RUN, TaggedResource, Tags, tags
from functions.judge import gate

REBUILT = "The ledger was rebuilt from SageMaker and S3: the gate's decision is lost."
ALWAYS_LOST = (
    "runs that are not live, and earlier releases",
    "steps, warnings, data profile and tries of the live ones",
    "drops that wait: the sweep notes them again",
)
_RUN = re.compile(r".*-([0-9a-f]{10})(?:-(\d+))?")


@dataclass(frozen=True)
class Release:
    """A run that an endpoint serves; `lost` are sentences about what its record lacks."""

    record: RunRecord
    endpoint: str
    drop: Drop | None
    """The files of the drop, where they still are what the run was made of."""
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """`unchanged` are models whose champion the ledger has right; `unclear` are sentences about endpoints."""

    releases: tuple[Release, ...]
    unchanged: tuple[str, ...]
    unclear: tuple[str, ...]


class UnclearError(ValueError):
    """It cannot be found out what an endpoint serves."""


@dataclass(frozen=True)
class Sources:
    """What is read and written."""

    stack: str
    sagemaker: SageMaker
    storage: Storage
    ledger: RebuiltLedger

    def decide(self) -> Plan:
        """Reads every endpoint of the stack that is a model's, not a candidate's."""
        drops = self._drops()
        prefix, owner = stack_prefix(self.stack), tags(self.stack)
        configs = {
            item.name: item.tags
            for item in self.sagemaker.owned("endpoint-config", prefix, owner)
        }
        releases: list[Release] = []
        unchanged: list[str] = []
        unclear: list[str] = []
        for item in self.sagemaker.owned("endpoint", prefix, owner):
            if RUN in item.tags:
                continue
            try:
                release = self._release(item, configs, drops)
            except UnclearError as error:
                unclear.append(str(error))
                continue
            if self._is_known(release):
                unchanged.append(release.record.model)
            else:
                releases.append(release)
        return Plan(tuple(releases), tuple(unchanged), tuple(unclear))

    def carry_out(self, plan: Plan) -> list[str]:
        """Sentences about models that were not noted."""
        return [
            f"{release.record.model}: another run holds it, or has just become its champion. Run this again later."
            for release in plan.releases
            if not self.ledger.restore(release.record, release.endpoint, release.drop)
        ]

    def _drops(self) -> dict[str, tuple[DropLocation, list[StoredObject]]]:
        """Model -> the files below its folder."""
        drops: dict[str, tuple[DropLocation, list[StoredObject]]] = {}
        for item in self.storage.list(PREFIX):
            place = locate(item.key)
            if place and not place.problem:
                drops.setdefault(place.model, (place, []))[1].append(item)
        return drops

    def _is_known(self, release: Release) -> bool:
        record = release.record
        model = self.ledger.find_model(record.model)
        is_champion = model is not None and model.champion == record.run
        return is_champion and self.ledger.find_run(record.run) is not None

    def _release(
        self,
        item: TaggedResource,
        configs: Mapping[str, Tags],
        drops: Mapping[str, tuple[DropLocation, list[StoredObject]]],
    ) -> Release:
        """Raises `UnclearError`."""
        endpoint = self.sagemaker.endpoint(item.name)
        if endpoint is None or endpoint["EndpointStatus"] in {*DEAD, "Deleting"}:
            status = endpoint["EndpointStatus"] if endpoint else "gone"
            raise UnclearError(f"{item.name}: serves nothing ({status}).")
        config = str(endpoint.get("EndpointConfigName"))
        run = configs.get(config, {}).get(RUN)
        if run is None or resource_name(self.stack, run) != config:
            raise UnclearError(
                f"{item.name}: expected a config with the tag {RUN}; found {config!r} without it. "
                "Drop the model's data again."
            )
        spec, stored_spec = self._spec(run)
        names = [spec.model if spec else "", item.tags.get(MODEL, ""), *drops]
        model = self._model(item.name, names)
        description = self.sagemaker.config(config) or {}
        began = _stamp(description.get("CreationTime"))
        fingerprint, attempt = _parts_of(run)
        drop = _same_drop(model, run, attempt, drops)
        evaluation = self._evaluation(run, spec)
        archive = self.storage.find(locations.release_archive_key(run))
        record = RunRecord(
            run=run,
            model=model,
            fingerprint=drop.fingerprint if drop else fingerprint,
            attempt=attempt,
            status=RunStatus.LIVE,
            execution="",
            started_at=began,
            updated_at=began,
            ended_at=began,
            steps=(Step(step=RunStatus.LIVE, at=began),),
            task=spec.task or None if spec else None,
            spec=stored_spec,
            archive=archive,
            evaluation=evaluation,
            deployment=_deployment(spec, description, item.name, config, began),
            hooks=spec.hooks or None if spec else None,
            example=spec.example if spec else None,
            notified=RunStatus.LIVE,
            mailed=RunStatus.LIVE,
            announced=RunStatus.LIVE,
            **document_paths(run, self._documents(run)),  # type: ignore[arg-type]
        )
        return Release(record, item.name, drop, tuple(_losses(record)))

    def _model(self, endpoint: str, names: list[str]) -> str:
        """The name of which the endpoint's is made: a tag may hold other characters than it."""
        for name in names:
            if name and resource_name(self.stack, name) == endpoint:
                return name
        raise UnclearError(
            f"{endpoint}: expected the model's name in spec.json, in a tag or below datasets/; found none that the "
            "endpoint is called after. Drop the model's data again."
        )

    def _spec(self, run: str) -> tuple[Spec | None, StoredVersion | None]:
        key = locations.spec_key(run)
        current = self.storage.find(key)
        if current is None:
            return None, None
        data = self.storage.read_bytes(key, current.version_id)
        return Spec.read(json.loads(data)), StoredVersion.of(
            key, data, current.version_id
        )

    def _evaluation(self, run: str, spec: Spec | None) -> EvaluationSummary | None:
        key = locations.document_key(run, locations.EVALUATION)
        if spec is None or not self.storage.exists(key):
            return None
        evaluation = self.storage.read_document(key, Evaluation)
        decision = gate.GateDecision(JudgeOutcome.PROMOTE, [REBUILT])
        return gate.summary(evaluation, spec.gate, decision)

    def _documents(self, run: str) -> list[str]:
        return [
            file
            for file in DOCUMENT_FILES.values()
            if self.storage.exists(locations.document_key(run, file))
        ]


def _parts_of(run: str) -> tuple[str, int]:
    """What a run's id ends in: a part of its drop's fingerprint, and its attempt from the second on."""
    match = _RUN.fullmatch(run)
    fingerprint, attempt = match.groups() if match else ("", None)
    return fingerprint, int(attempt or 1)


def _same_drop(
    model: str,
    run: str,
    attempt: int,
    drops: Mapping[str, tuple[DropLocation, list[StoredObject]]],
) -> Drop | None:
    if model not in drops:
        return None
    place, objects = drops[model]
    drop = fingerprint_of(model, files_of(place, objects))
    return drop if run_name(model, drop.fingerprint, attempt) == run else None


def _deployment(
    spec: Spec | None,
    description: Mapping[str, Any],
    endpoint: str,
    config: str,
    began: str,
) -> DeploymentRecord:
    variants = description.get("ProductionVariants")
    mode = ""
    if spec:
        mode = spec.deployment.mode
    elif variants:
        mode = mode_of_config(description)
    return DeploymentRecord(
        mode=mode, endpoint=endpoint, config=config, started_at=began
    )


def _losses(record: RunRecord) -> Iterator[str]:
    if record.spec is None:
        yield "spec.json has expired: task, labels and example are unknown, so predictions are not checked."
    if record.archive is None:
        yield "models/ holds no archive of it: the next model is not compared with it."
    if record.evaluation is None:
        yield "there is no evaluation of it: its metrics are unknown."


def _stamp(time: Any) -> str:
    moment = time if isinstance(time, datetime) else datetime.now(UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
