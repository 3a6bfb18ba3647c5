"""Registers a run's archive as a SageMaker model."""

from __future__ import annotations

from functions.aws import wiring
from functions.aws.ledger import Ledger
from functions.aws.sagemaker import SageMaker
from functions.aws.settings import Settings
from functions.aws.storage import Storage
from functions.handlers.instrument import Event, Result, step
from functions.logic.names import resource_name
from functions.logic.ownership import tags
from functions.logic.serving import model_container, model_request


class ArchiveMissingError(RuntimeError):
    """A completed training job has no model archive."""


def create(
    run: str, *, ledger: Ledger, storage: Storage, sagemaker: SageMaker, settings: Settings, region: str
) -> Result:
    record = ledger.known(run)
    name = resource_name(settings.stack, run)
    if sagemaker.model(name) is None:
        spec = storage.read_json(f"runs/{run}/spec.json")
        archive = _archive(record.get("training", {})["job"], sagemaker)
        container = model_container(spec, image=settings.serving_image, archive=archive, region=region)
        owner = tags(settings.stack, record["model"], run)
        sagemaker.create_model(model_request(name, container, settings.execution_role_arn, owner))
    ledger.record(run, "deploying")
    return {"outcome": "created"}


def _archive(job: str, sagemaker: SageMaker) -> str:
    artifacts = (sagemaker.job(job) or {}).get("ModelArtifacts") or {}
    uri = artifacts.get("S3ModelArtifacts")
    if not uri:
        raise ArchiveMissingError(f"expected a model archive of the training job {job!r}; found none")
    return str(uri)


@step
def handler(event: Event) -> Result:
    return create(
        event["run"],
        ledger=wiring.ledger(),
        storage=wiring.storage(),
        sagemaker=wiring.sagemaker(),
        settings=wiring.settings(),
        region=wiring.region(),
    )
