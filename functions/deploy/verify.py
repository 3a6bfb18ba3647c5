"""Sends held-out rows through the endpoint and compares its answers with what training computed for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.runtime import ModelAsleepError, OverloadedError, PredictionError, Runtime
from functions.adapters.sagemaker import EndpointBusyError
from functions.adapters.storage import Storage
from functions.common.lambda_handler import Result
from functions.deploy.json_diff import first_difference

DRAWS = 8
"""One row of so many may differ: where two answers are as good as each other, two machines may choose otherwise."""


class RefusedError(RuntimeError):
    """The endpoint did not answer a row; its text is what the record says."""


def verify(
    run: str, ledger: Ledger, storage: Storage, runtime: Runtime, now: Callable[[], datetime] = utc_now
) -> Result:
    deployment = ledger.known(run).get("deployment", {})
    expected = storage.read_json(f"models/{run}/verification.json")
    ledger.record(run, "verifying")
    try:
        differences = _differences(deployment["endpoint"], expected, runtime)
        wrong = differences if len(differences) > len(expected["rows"]) // DRAWS else []
    except RefusedError as error:
        differences, wrong = [], [str(error)]
    verification = {
        "rows": len(expected["rows"]),
        "at": now().isoformat(timespec="seconds"),
        "difference": wrong[0] if wrong else None,
        "draws": 0 if wrong else len(differences),
    }
    ledger.record(run, deployment=deployment | {"verification": verification})
    return {"outcome": "wrong" if wrong else "verified"}


def _differences(endpoint: str, expected: Mapping[str, Any], runtime: Runtime) -> list[str]:
    """A sentence for each row that is answered otherwise than expected.

    Raises `RefusedError` where a row is not answered, and `EndpointBusyError`, which the state machine retries, while
    the endpoint wakes or is overloaded.
    """
    differences: list[str] = []
    for number, row in enumerate(expected["rows"], 1):
        try:
            found = runtime.predict(endpoint, row["request"])
        except (ModelAsleepError, OverloadedError) as error:
            raise EndpointBusyError(f"the endpoint does not answer yet: {error}") from error
        except (PredictionError, ValueError) as error:
            raise RefusedError(f"verification row {number}: {error}") from error
        if difference := _difference(row, found, expected["tolerance"]):
            differences.append(f"verification row {number}: {difference}")
    return differences


def _difference(row: Mapping[str, Any], found: Any, tolerance: float) -> str | None:
    """From what the weights answer, and from what the graph packed beside them does, which may be less precise.

    Of a model that was not trained here no answer is known: that it answers is all that can be asked.
    """
    known = [row[name] for name in ("response", "graph_response") if name in row]
    differences = [first_difference(each, found, tolerance) for each in known]
    return differences[0] if all(differences) and differences else None
