"""The Lambda function `batch`: the steps of batches, as their state machine calls for them."""

from __future__ import annotations

from functions.adapters import clients
from functions.batch.job import Transformer
from functions.batch.work import BatchWork
from functions.common.lambda_handler import Event, Result, lambda_handler
from functions.costs import factories
from functions.deploy.create_model import ServingEnvironment


@lambda_handler
def batch(event: Event) -> Result:
    work = _work()
    name = (event["model"], event["batch"], int(event["attempt"]))
    if error := event.get("error"):
        return work.fail(*name, error=f"{error}: {event.get('cause', '')}".strip(": "))
    return work.advance(*name)


def _work() -> BatchWork:
    environment = ServingEnvironment(
        clients.settings(),
        clients.region(),
        lambda name: clients.secrets().token(name),
    )
    return BatchWork(
        clients.batches(),
        clients.ledger(),
        clients.storage(),
        clients.logs(),
        Transformer(clients.storage(), clients.sagemaker(), environment),
        factories.booker(),
    )
