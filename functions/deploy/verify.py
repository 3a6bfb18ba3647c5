"""Sends held-out rows through an endpoint and compares its answers with what training computed for them.

The candidate is sent all of them. The model's endpoint, which goes over to what was verified, is sent one, and all if
that one is answered otherwise: a smoke check that it answers, and that the new release does.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts import locations
from contracts.deployment_record import EndpointVerification
from contracts.outcomes import DeployStage, VerifyOutcome
from contracts.run_record import RunStatus
from contracts.verification import Verification, VerifiedRow
from deployment_modes import answers_later, find_mode
from functions.adapters.errors import AwsError
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.prediction_queue import PredictionQueue, StillQueuedError
from functions.adapters.runtime import (
    ModelAsleepError,
    OverloadedError,
    PredictionError,
    PredictionTimeoutError,
    Runtime,
)
from functions.adapters.sagemaker import EndpointBusyError
from functions.adapters.storage import Storage
from functions.common.lambda_handler import Result
from functions.common.unknown import not_seen
from functions.deploy.endpoint_client import (
    DirectClient,
    EarlierReleaseError,
    EndpointClient,
    QueueClient,
    verification_name,
)

ROWS_PER_TOLERATED_DIFFERENCE = 8
"""One row of this many may differ: where two answers are as good as each other, two machines may choose otherwise."""


_SHOWN_CHARACTERS = 80


NOT_READY = (
    ModelAsleepError,
    OverloadedError,
    PredictionTimeoutError,
    StillQueuedError,
)
SLOW_SECONDS = 3600
"""How long a model may take until it answers at all; every try waits a minute for it."""
UNSEEN_SECONDS = 6 * 3600
"""How long AWS may keep the question from it."""


class UnansweredRowError(RuntimeError):
    """The endpoint did not answer a row; its text is what the record says."""


def verify(
    run: str,
    stage: DeployStage,
    *,
    ledger: Ledger,
    storage: Storage,
    runtime: Runtime,
    queue: Callable[[], PredictionQueue],
    now: Callable[[], datetime] = utc_now,
) -> Result:
    """`patience_seconds` beside the outcome `unknown` is how long the state machine goes on asking."""
    try:
        return _verify(
            run,
            stage,
            ledger=ledger,
            storage=storage,
            runtime=runtime,
            queue=queue,
            now=now,
        )
    except (PredictionTimeoutError, EarlierReleaseError) as error:
        return _not_ready(error, SLOW_SECONDS)
    except NOT_READY as error:
        return _not_ready(error, UNSEEN_SECONDS)
    except AwsError as error:
        return not_seen(VerifyOutcome.UNKNOWN, error, patience_seconds=UNSEEN_SECONDS)


def _not_ready(error: Exception, seconds: int) -> Result:
    waits = EndpointBusyError(f"the endpoint does not answer yet: {error}")
    return not_seen(VerifyOutcome.UNKNOWN, waits, patience_seconds=seconds)


def _verify(
    run: str,
    stage: DeployStage,
    *,
    ledger: Ledger,
    storage: Storage,
    runtime: Runtime,
    queue: Callable[[], PredictionQueue],
    now: Callable[[], datetime],
) -> Result:
    deployment = ledger.get_run(run).deployment
    expected = storage.read_document(
        locations.document_key(run, locations.VERIFICATION), Verification
    )
    ledger.record(run, RunStatus.VERIFYING)
    under_test = deployment.under_test(stage)
    endpoint: EndpointClient = DirectClient(run, under_test.endpoint, runtime)
    if answers_later(deployment.mode):
        name = verification_name(stage, under_test.started_at)
        seconds = find_mode(deployment.mode).answer_seconds(deployment.settings)
        endpoint = QueueClient(run, under_test.endpoint, queue(), name, seconds)
    asker = _Asker(endpoint)
    one_row = replace(expected, rows=expected.rows[:1])
    stamp = now().isoformat(timespec="seconds")
    if stage is DeployStage.STABLE:
        seen = asker.verification(one_row, stamp)
        if seen.difference:
            seen = asker.verification(expected, stamp)
        recorded = replace(deployment, smoke_check=seen)
    else:
        seen = asker.verification(expected, stamp)
        recorded = replace(deployment, verification=seen)
    ledger.record(run, deployment=recorded)
    is_wrong = bool(seen.difference)
    return {"outcome": VerifyOutcome.WRONG if is_wrong else VerifyOutcome.VERIFIED}


@dataclass(frozen=True)
class _Asker:
    """Asks the endpoint for answers of a run."""

    endpoint: EndpointClient

    def verification(self, expected: Verification, stamp: str) -> EndpointVerification:
        try:
            differences = self._differences(expected)
            tolerated = len(expected.rows) // ROWS_PER_TOLERATED_DIFFERENCE
            wrong = differences[0] if len(differences) > tolerated else None
        except UnansweredRowError as error:
            differences, wrong = [], str(error)
        return EndpointVerification(
            rows=len(expected.rows),
            at=stamp,
            difference=wrong,
            draws=0 if wrong else len(differences),
        )

    def _differences(self, expected: Verification) -> list[str]:
        """A sentence for each row that is answered otherwise than expected.

        Raises `UnansweredRowError` where a row is answered with an error of the model, and one of `NOT_READY` while the
        endpoint wakes or is overloaded. An answer that comes too late says nothing of the model: containers answer
        `/ping` before they have loaded theirs.
        """
        differences: list[str] = []
        bodies = [json.dumps(row.request).encode() for row in expected.rows]
        try:
            self.endpoint.send(bodies)
        except NOT_READY:
            raise
        except PredictionError as error:
            raise UnansweredRowError(f"verification rows: {error}") from error
        for number, row in enumerate(expected.rows, 1):
            try:
                body = self.endpoint.answer(number - 1, bodies[number - 1])
                answer = json.loads(body)
            except NOT_READY:
                raise
            except (PredictionError, ValueError) as error:
                text = f"verification row {number}: {error}"
                raise UnansweredRowError(text) from error
            if difference := _difference(row, answer, expected.tolerance):
                differences.append(f"verification row {number}: {difference}")
        return differences


def _difference(row: VerifiedRow, answer: Any, tolerance: float) -> str | None:
    """How the answer differs from every known one; None where it agrees with one, or none is known."""
    differences = [
        first_difference(expected, answer, tolerance) for expected in row.answers
    ]
    return differences[0] if differences and all(differences) else None


def _short(value: Any) -> str:
    text = repr(value)
    return (
        text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def first_difference(
    expected: Any, actual: Any, tolerance: float, path: str = "answer"
) -> str | None:
    """A sentence naming the first place that differs: numbers by more than `tolerance` of 1 or of them, all else at
    all."""
    if _is_number(expected) and _is_number(actual):
        near = math.isclose(expected, actual, rel_tol=tolerance, abs_tol=tolerance)
        return None if near else _differ(path, expected, actual)
    if isinstance(expected, dict) and isinstance(actual, dict):
        return _of_objects(expected, actual, tolerance, path)
    if isinstance(expected, list) and isinstance(actual, list):
        return _of_lists(expected, actual, tolerance, path)
    return (
        None
        if type(expected) is type(actual) and expected == actual
        else _differ(path, expected, actual)
    )


def _differ(path: str, expected: Any, actual: Any) -> str:
    return f"{path}: expected {_short(expected)}; found {_short(actual)}"


def _of_objects(
    expected: dict[str, Any], actual: dict[str, Any], tolerance: float, path: str
) -> str | None:
    if expected.keys() != actual.keys():
        return _differ(f"{path} (fields)", sorted(expected), sorted(actual))
    differences = (
        first_difference(expected[key], actual[key], tolerance, f"{path}.{key}")
        for key in expected
    )
    return next((difference for difference in differences if difference), None)


def _of_lists(
    expected: list[Any], actual: list[Any], tolerance: float, path: str
) -> str | None:
    if len(expected) != len(actual):
        return _differ(f"{path} (length)", len(expected), len(actual))
    pairs = enumerate(zip(expected, actual, strict=True))
    differences = (
        first_difference(one, other, tolerance, f"{path}[{i}]")
        for i, (one, other) in pairs
    )
    return next((difference for difference in differences if difference), None)
