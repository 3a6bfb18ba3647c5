"""Sends held-out rows through the endpoint and compares its answers with what training computed for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from functions.aws import wiring
from functions.aws.ledger import Ledger, utc_now
from functions.aws.runtime import ModelAsleepError, OverloadedError, PredictionError, Runtime
from functions.aws.sagemaker import EndpointBusyError
from functions.aws.storage import Storage
from functions.handlers.instrument import Event, Result, step
from functions.logic.compare import first_difference


def verify(
    run: str, ledger: Ledger, storage: Storage, runtime: Runtime, now: Callable[[], datetime] = utc_now
) -> Result:
    deployment = ledger.known(run).get("deployment", {})
    expected = storage.read_json(f"models/{run}/verification.json")
    ledger.record(run, "verifying")
    difference = _first_difference(deployment["endpoint"], expected, runtime)
    verification = {"rows": len(expected["rows"]), "at": now().isoformat(timespec="seconds"), "difference": difference}
    ledger.record(run, deployment=deployment | {"verification": verification})
    return {"outcome": "wrong" if difference else "verified"}


def _first_difference(endpoint: str, expected: Mapping[str, Any], runtime: Runtime) -> str | None:
    """Raises `EndpointBusyError`, which the state machine retries, while the endpoint wakes or is overloaded."""
    for number, row in enumerate(expected["rows"], 1):
        try:
            found = runtime.predict(endpoint, row["request"])
        except (ModelAsleepError, OverloadedError) as error:
            raise EndpointBusyError(f"the endpoint does not answer yet: {error}") from error
        except (PredictionError, ValueError) as error:
            return f"verification row {number}: {error}"
        # Of a model that was not trained here no answer is known: that it answers is all that can be asked.
        if "response" in row and (difference := first_difference(row["response"], found, expected["tolerance"])):
            return f"verification row {number}: {difference}"
    return None


@step
def handler(event: Event) -> Result:
    return verify(event["run"], wiring.ledger(), wiring.storage(), wiring.runtime())
