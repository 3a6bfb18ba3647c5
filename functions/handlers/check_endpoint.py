"""Says whether a model's endpoint serves the run's config by now, or has rolled back, or failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from functions.aws import wiring
from functions.aws.ledger import Ledger, utc_now
from functions.aws.sagemaker import SageMaker
from functions.handlers.instrument import Event, Result, step
from functions.logic.job_progress import age_seconds
from functions.logic.serving import endpoint_outcome


def check(run: str, ledger: Ledger, sagemaker: SageMaker, now: Callable[[], datetime] = utc_now) -> Result:
    deployment = ledger.known(run).get("deployment", {})
    endpoint = sagemaker.endpoint(deployment["endpoint"])
    started_at = datetime.fromisoformat(deployment["started_at"])
    outcome, reason = endpoint_outcome(endpoint, deployment["config"], started_at, now())
    seen = deployment | {"endpoint_status": endpoint["EndpointStatus"] if endpoint else "Missing"}
    seen |= {"reason": reason} if reason else {}
    if seen != deployment:
        ledger.record(run, "verifying" if outcome == "live" else None, deployment=seen)
    return {"outcome": outcome, "age_seconds": age_seconds(started_at, now())}


@step
def handler(event: Event) -> Result:
    return check(event["run"], wiring.ledger(), wiring.sagemaker())
