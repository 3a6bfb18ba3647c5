"""The Lambda function `sweep`."""

from __future__ import annotations

from functions.adapters import clients
from functions.adapters.ledger import utc_now
from functions.arrive.watch import Watch
from functions.batch.control import BatchControl
from functions.common.lambda_handler import Event, Result, lambda_handler
from functions.common.settings import Settings
from functions.costs import factories
from functions.explain.explain import Explainer
from functions.releases.removal import Remover
from functions.releases.retry import Retrier
from functions.sweep.drift_watch import DriftWatch
from functions.sweep.spend import measure_spend
from functions.sweep.sweep import Sweeper
from functions.sweep.turn import Turn


@lambda_handler
def sweep(event: Event) -> Result:
    settings = clients.settings()
    measure_spend(clients.cost_book(), settings.monthly_budget, utc_now())
    return Sweeper(
        ledger=clients.ledger(),
        arrivals=clients.arrivals(),
        watch=Watch(
            clients.arrivals(),
            clients.ledger(),
            clients.workflow(),
            settings.data_bucket,
        ),
        storage=clients.storage(),
        workflow=clients.workflow(),
        explainer=Explainer(
            clients.ledger(),
            clients.sagemaker(),
            clients.logs(),
            settings.stack,
            clients.alarms,
        ),
        retrier=Retrier(clients.ledger(), clients.storage(), clients.workflow()),
        notifications=clients.notifications(),
        turn=Turn(clients.leases()),
        remover=Remover(
            clients.ledger(), clients.storage(), clients.logs(), settings.stack
        ),
        booker=factories.booker(),
        batches=BatchControl(
            clients.batches(),
            clients.storage(),
            clients.sagemaker(),
            clients.logs(),
            clients.batch_workflow(),
            settings.stack,
        ),
        drift_watch=_drift_watch(settings),
        usage=clients.usage,
        settle_seconds=settings.settle_seconds,
        kept=settings.kept_releases,
        api_url=settings.api_url,
    ).sweep()


def _drift_watch(settings: Settings) -> DriftWatch | None:
    if not settings.drift_sample_percent:
        return None
    return DriftWatch(
        clients.ledger(),
        clients.answer_counts(),
        clients.notifications(),
        settings.api_url,
    )
