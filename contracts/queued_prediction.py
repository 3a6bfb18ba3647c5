"""A request that an asynchronous endpoint has taken, and where SageMaker will write the answer."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.documents import Record


@dataclass(frozen=True)
class QueuedPrediction(Record):
    """`answer_key` and `failure_key` are keys of the data bucket, of which one will exist; `at` is ISO 8601 in UTC."""

    run: str
    at: str
    answer_key: str
    failure_key: str
    answer_seconds: int
    """How long SageMaker lets the model take, once its turn has come."""
