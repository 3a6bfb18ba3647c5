"""The Lambda function `explain`."""

from __future__ import annotations

from functions.adapters import clients
from functions.common.lambda_handler import Event, Result, lambda_handler
from functions.explain.explain import Explainer, explain_event


@lambda_handler
def explain(event: Event) -> Result:
    explainer = Explainer(
        clients.ledger(),
        clients.sagemaker(),
        clients.logs(),
        clients.settings().stack,
        clients.alarms,
    )
    return explain_event(event, explainer, clients.arrivals, clients.notifications)
