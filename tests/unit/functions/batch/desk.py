"""A batch from its file to its result, on adapters in memory; the transform jobs are answered by the test."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from contracts import locations
from contracts.batch import BatchRecord, BatchStatus
from contracts.stored_version import StoredVersion
from functions.adapters.batches import Batches
from functions.adapters.cost_book import CostBook
from functions.batch.control import BatchControl
from functions.batch.job import Transformer
from functions.batch.work import BatchWork
from functions.common.settings import Settings
from functions.costs.booking import Booker
from functions.costs.prices import Prices
from functions.deploy.create_model import ServingEnvironment
from tests.unit.functions.fakes import (
    NOW,
    STACK,
    MemoryLedger,
    MemoryLogs,
    MemorySageMaker,
    MemoryStorage,
    MemoryWorkflow,
    batches,
    cost_book,
    now,
)
from tests.unit.functions.specs import RUN, leave_spec

Answer = Callable[[Any], Any]
"""A request -> the model's JSON answer, or None where the container fails it."""
INPUT = "batches/rows"
ROLE = "arn:aws:iam::123456789012:role/batch"
OF_ROWS = "ClientError: See job logs for more information"
SETTINGS = Settings(
    STACK,
    "data",
    "table",
    execution_role_arn=ROLE,
    serving_image="image",
    batch_instance_type="ml.m5.xlarge",
)


def positive(request: Any) -> Any:
    return [{"label": "positive", "score": 0.75}]


@dataclass
class Desk:
    answer: Answer = positive
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    storage: MemoryStorage = field(default_factory=MemoryStorage)
    sagemaker: MemorySageMaker = field(default_factory=MemorySageMaker)
    logs: MemoryLogs = field(default_factory=MemoryLogs)
    workflow: MemoryWorkflow = field(default_factory=MemoryWorkflow)
    batches: Batches = field(default_factory=batches)
    book: CostBook = field(default_factory=cost_book)
    settings: Settings = SETTINGS
    job_failure: str = OF_ROWS

    def __post_init__(self) -> None:
        key = locations.release_archive_key(RUN)
        self.storage.drop(key, b"archive")
        stored = self.storage.find(key)
        assert isinstance(stored, StoredVersion)
        self.ledger.add(RUN, status="live", task="text-classification", archive=stored)
        leave_spec(self.ledger, self.storage)

    @property
    def control(self) -> BatchControl:
        return BatchControl(
            self.batches,
            self.storage,
            self.sagemaker,
            self.logs,
            self.workflow,
            STACK,
            now,
        )

    @property
    def work(self) -> BatchWork:
        environment = ServingEnvironment(
            self.settings, "us-east-1", lambda name: "token"
        )
        return BatchWork(
            self.batches,
            self.ledger,
            self.storage,
            self.logs,
            Transformer(self.storage, self.sagemaker, environment),
            Booker(self.book, self.sagemaker, Prices("us-east-1", None), now),
            now,
        )

    def start(self, body: str | bytes, **parameters: Any) -> BatchRecord:
        self.storage.drop(INPUT, body)
        model = self.ledger.find_model("reviews")
        assert model is not None
        return self.begin(self.control.create(model, INPUT, parameters))

    def begin(self, record: BatchRecord) -> BatchRecord:
        started = self.control.start(record, RUN)
        assert started is not None
        return started

    def start_job(self, body: str | bytes) -> BatchRecord:
        """A batch whose first job has begun."""
        record = self.start(body)
        self.step(record)
        self.step(record)
        return record

    def step(self, record: BatchRecord) -> str:
        result = self.work.advance(record.model, record.batch, record.tries)
        return str(result["outcome"])

    def read(self, record: BatchRecord) -> BatchRecord:
        current = self.batches.find(record.model, record.batch)
        assert current is not None
        return current

    def run(self, record: BatchRecord) -> BatchRecord:
        """As the state machine: until it has ended. Each job ends while it is waited for."""
        while (outcome := self.step(record)) != "ended":
            if outcome == "wait":
                self.end_jobs()
        return self.read(record)

    def end_jobs(self) -> None:
        for job in self.sagemaker.transforms.values():
            if job["TransformJobStatus"] == "InProgress":
                self._end(job)

    def _end(self, job: dict[str, Any]) -> None:
        source = job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
        prefix, *names = self.storage.read_json(_key(source))
        target = _key(job["TransformOutput"]["S3OutputPath"])
        failed = False
        for name in names:
            body = self.storage.read_bytes(_key(prefix["prefix"]) + name).decode()
            answers = [self.answer(json.loads(line)) for line in body.splitlines()]
            if None in answers:
                failed = True
                continue
            lines = "".join(f"{json.dumps(answer)}\n" for answer in answers)
            self.storage.drop(f"{target}/{name}.out", lines)
        status = {"TransformJobStatus": "Failed" if failed else "Completed"}
        reason = {"FailureReason": self.job_failure} if failed else {}
        ended = NOW + timedelta(seconds=100)
        times = {"TransformStartTime": NOW, "TransformEndTime": ended}
        job.update(status | reason | times)

    def result(self, record: BatchRecord) -> str:
        assert record.status is BatchStatus.COMPLETED, record
        assert record.result is not None
        return self.storage.read_bytes(record.result).decode()

    def table(self, record: BatchRecord) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.result(record), newline="")))

    def lines(self, record: BatchRecord) -> list[Any]:
        return [json.loads(line) for line in self.result(record).splitlines()]


def _key(uri: str) -> str:
    return uri.removeprefix("s3://data/")


def reviews(texts: Sequence[str]) -> str:
    """A CSV with the columns of the training data but for the answer's."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["id", "review"])
    writer.writerows(enumerate(texts, 1))
    return file.getvalue()
