"""The Lambda functions `start_training` and `check_training`."""

from __future__ import annotations

from functions.adapters import clients
from functions.common.lambda_handler import Event, Result, lambda_handler
from functions.costs import factories
from functions.costs.estimate import Estimator
from functions.costs.reservations import Reservations
from functions.train.check import check
from functions.train.endpoint_room import EndpointRoom
from functions.train.start import Starter


@lambda_handler
def start_training(event: Event) -> Result:
    starter = Starter(
        clients.ledger_of(event.get("execution")),
        clients.storage(),
        clients.sagemaker(),
        clients.job_creator,
        clients.settings(),
        clients.region(),
        Estimator(factories.prices(), clients.cost_book()),
        Reservations(clients.cost_book(), clients.settings().monthly_budget),
        EndpointRoom(
            clients.service_quotas(), clients.sagemaker(), clients.settings().stack
        ),
    )
    return starter.start(event["run"], float(event.get("waited_seconds", 0)))


@lambda_handler
def check_training(event: Event) -> Result:
    return check(
        event["run"],
        clients.ledger_of(event.get("execution")),
        clients.sagemaker(),
        clients.logs(),
        on_end=lambda record, job: factories.book_promptly(
            lambda booker: booker.book_job(record, job)
        ),
        spot_wait_minutes=clients.settings().spot_wait_minutes,
    )
