"""The Lambda functions from `create_model` to `retire`."""

from __future__ import annotations

from contracts.outcomes import CheckEndpointOutcome, DeployStage
from functions.adapters import clients
from functions.adapters.ledger import Ledger
from functions.common.lambda_handler import Event, Result, lambda_handler
from functions.costs import factories
from functions.deploy import check_endpoint as endpoint_check
from functions.deploy import create_model as model_creation
from functions.deploy import promote as promotion
from functions.deploy import retire as retirement
from functions.deploy import verify as verification
from functions.deploy.deploy import Deployer


@lambda_handler
def create_model(event: Event) -> Result:
    return model_creation.create(
        event["run"],
        ledger=clients.ledger_of(event.get("execution")),
        storage=clients.storage(),
        sagemaker=clients.sagemaker(),
        environment=model_creation.ServingEnvironment(
            clients.settings(),
            clients.region(),
            lambda name: clients.secrets().token(name),
        ),
    )


@lambda_handler
def deploy(event: Event) -> Result:
    ledger, stage = (
        clients.ledger_of(event.get("execution")),
        DeployStage(event["stage"]),
    )
    deployer = Deployer(
        ledger,
        clients.storage(),
        clients.sagemaker(),
        clients.settings().stack,
        clients.alarms,
    )
    deployed = deployer.deploy(event["run"], stage)
    if stage is DeployStage.STABLE:
        # The candidate has been deleted.
        _look_at_endpoint(event["run"], DeployStage.CANDIDATE, ledger)
    return deployed


@lambda_handler
def check_endpoint(event: Event) -> Result:
    ledger, stage = (
        clients.ledger_of(event.get("execution")),
        DeployStage(event["stage"]),
    )
    checked = endpoint_check.check(
        event["run"], stage, ledger, clients.sagemaker(), alarms=clients.alarms
    )
    if checked["outcome"] == CheckEndpointOutcome.LIVE:
        _look_at_endpoint(event["run"], stage, ledger)
    return checked


def _look_at_endpoint(run: str, stage: DeployStage, ledger: Ledger) -> None:
    """Notes or books what the endpoint of a stage costs."""
    record = ledger.get_run(run)
    endpoint = record.deployment.under_test(stage).endpoint
    factories.book_promptly(
        lambda booker: booker.look_at_endpoint(endpoint, record.model, run)
    )


@lambda_handler
def verify(event: Event) -> Result:
    return verification.verify(
        event["run"],
        DeployStage(event["stage"]),
        ledger=clients.ledger_of(event.get("execution")),
        storage=clients.storage(),
        runtime=clients.patient_runtime(),
        queue=clients.prediction_queue,
    )


@lambda_handler
def promote(event: Event) -> Result:
    return promotion.promote(event["run"], clients.ledger_of(event.get("execution")))


@lambda_handler
def retire(event: Event) -> Result:
    return retirement.retire(
        event["run"],
        clients.ledger_of(event.get("execution")),
        clients.sagemaker(),
        clients.settings().stack,
    )
