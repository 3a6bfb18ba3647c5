"""The Lambda functions from `create_model` to `retire`."""

from __future__ import annotations

from contracts.outcomes import DeployStage
from functions.adapters import clients
from functions.common.lambda_handler import Event, Result, lambda_handler
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
    deployer = Deployer(
        clients.ledger_of(event.get("execution")),
        clients.storage(),
        clients.sagemaker(),
        clients.settings().stack,
    )
    return deployer.deploy(event["run"], DeployStage(event["stage"]))


@lambda_handler
def check_endpoint(event: Event) -> Result:
    return endpoint_check.check(
        event["run"],
        DeployStage(event["stage"]),
        clients.ledger_of(event.get("execution")),
        clients.sagemaker(),
    )


@lambda_handler
def verify(event: Event) -> Result:
    return verification.verify(
        event["run"],
        DeployStage(event["stage"]),
        ledger=clients.ledger_of(event.get("execution")),
        storage=clients.storage(),
        runtime=clients.patient_runtime(),
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
