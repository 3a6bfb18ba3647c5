"""Registers a run's archive as a SageMaker model, or holds the run until a person approves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.outcomes import CreateModelOutcome
from contracts.releases import Approval
from contracts.run_record import RunRecord, RunStatus
from contracts.spec import ApprovalRule, Spec
from deployment_modes import answers_later
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.run_spec import keep_spec, read_spec
from functions.adapters.sagemaker import SageMaker
from functions.adapters.storage import Storage
from functions.common.lambda_handler import Result
from functions.common.names import resource_name
from functions.common.settings import Settings
from functions.common.tags import tags
from functions.deploy.requests import HubAccess, model_container, model_request


class ArchiveMissingError(RuntimeError):
    """The ledger knows of no archive that the run's endpoint could serve."""


@dataclass(frozen=True)
class ServingEnvironment:
    """Where models are registered, and how a secret becomes a token."""

    settings: Settings
    region: str
    token: Callable[[str], str]

    def access(self, spec: Spec) -> HubAccess:
        secret = spec.hub.token_secret if spec.hub else None
        return HubAccess(self.settings.own_hub, self.token(secret) if secret else "")


def create(
    run: str,
    *,
    ledger: Ledger,
    storage: Storage,
    sagemaker: SageMaker,
    environment: ServingEnvironment,
    now: Callable[[], datetime] = utc_now,
) -> Result:
    record = ledger.get_run(run)
    settings = environment.settings
    name = resource_name(settings.stack, run)
    if record.kept_spec is None:
        kept = keep_spec(read_spec(record, storage), run, storage)
        ledger.record(run, None, kept_spec=kept)
    if sagemaker.model(name) is None:
        spec = read_spec(record, storage)
        if _needs_approval(record, spec):
            return _hold(record, spec, ledger, now())
        archive = archive_uri(record, storage)
        container = model_container(
            spec,
            image=settings.serving_image,
            archive=archive,
            region=environment.region,
            access=environment.access(spec),
        )
        owner = tags(settings.stack, record.model, run)
        sagemaker.create_model(
            model_request(name, container, _role(spec, settings), owner)
        )
    ledger.record(run, RunStatus.DEPLOYING)
    return {"outcome": CreateModelOutcome.CREATED}


def _role(spec: Spec, settings: Settings) -> str:
    """SageMaker itself reads the requests of an asynchronous endpoint, and writes its answers, in the model's role."""
    is_queued = answers_later(spec.deployment.mode)
    return settings.async_role_arn if is_queued else settings.execution_role_arn


def _needs_approval(record: RunRecord, spec: Spec) -> bool:
    """A promotion is a person's decision already."""
    return spec.gate.approval is ApprovalRule.REQUIRED and record.promotion is None


def _hold(record: RunRecord, spec: Spec, ledger: Ledger, now: datetime) -> Result:
    """Ends the run with its archive: nothing waits for a person, so that new drops of the model are trained."""
    model = ledger.find_model(record.model)
    until = now + timedelta(days=spec.gate.approval_days)
    approval = Approval(
        requested_at=now.isoformat(timespec="milliseconds"),
        until=until.isoformat(timespec="milliseconds"),
        champion=model.champion if model else None,
    )
    ledger.end(record.run, RunStatus.KEPT_BACK, approval=approval)
    return {"outcome": CreateModelOutcome.HELD}


def archive_uri(record: RunRecord, storage: Storage) -> str:
    """The address of what was judged or uploaded. Raises `ChangedObjectError` where it is another by now.

    SageMaker takes no version of an object: it reads the key again whenever an instance starts. Therefore the key is
    one that neither jobs nor endpoints may write to.
    """
    if record.archive is None:
        raise ArchiveMissingError(
            f"expected the archive of run {record.run!r} in the ledger; found none. Drop the same files again."
        )
    storage.require_unchanged(record.archive)
    return storage.uri(record.archive.key)
