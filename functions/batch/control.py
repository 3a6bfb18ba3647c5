"""What callers do with batches: make one, start it, stop it, remove it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from contracts import locations
from contracts.batch import IN_PROGRESS, STARTABLE, BatchRecord, BatchStatus
from contracts.model_record import ModelRecord
from contracts.outcomes import RESTART_ERROR
from functions.adapters.batches import Batches
from functions.adapters.ledger import utc_now
from functions.adapters.logs import Logs
from functions.adapters.sagemaker import SageMaker
from functions.adapters.storage import Storage
from functions.adapters.workflow import RUNNING, Workflow
from functions.common.names import MODEL_PART, batch_name, slug
from functions.common.tags import batch_tags
from functions.common.times import age_seconds

_RANDOM_BYTES = 3
_GOING = frozenset({"InProgress", "Stopping"})
_STARTING_SECONDS = 60
"""Between the note that an execution starts and its start."""


def batch_id(model: str, now: datetime) -> str:
    """`reviews-20261130-201500-1a2b3c`: by time, and two of one moment are two."""
    return f"{slug(model, MODEL_PART)}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(_RANDOM_BYTES)}"


def execution_name(batch: str, attempt: int) -> str:
    return f"{batch}-{attempt}"


@dataclass(frozen=True)
class BatchControl:
    batches: Batches
    storage: Storage
    sagemaker: SageMaker
    logs: Logs
    workflow: Workflow
    """The executions of the batches' own state machine."""
    stack: str
    now: Callable[[], datetime] = utc_now

    def create(
        self, model: ModelRecord, key: str | None, parameters: Mapping[str, Any]
    ) -> BatchRecord:
        """Without a key the file is uploaded to the batch's own."""
        moment = self.now()
        batch, stamp = (
            batch_id(model.model, moment),
            moment.isoformat(timespec="milliseconds"),
        )
        record = BatchRecord(
            batch=batch,
            model=model.model,
            status=BatchStatus.UPLOADING,
            key=key or locations.batch_upload_key(batch),
            created_at=stamp,
            updated_at=stamp,
            parameters=parameters,
        )
        return self.batches.create(record)

    def start(self, record: BatchRecord, champion: str) -> BatchRecord | None:
        """Begins a batch, or goes on with one that ended early, with the release that began it.

        None where somebody else has just started it.
        """
        attempt = record.tries + 1
        name = execution_name(record.batch, attempt)
        started = self.batches.start(
            record,
            run=record.run if record.rows is not None else champion,
            execution=self.workflow.arn(name),
            started_at=record.started_at or self._stamp(),
        )
        if started is not None:
            event = {"model": record.model, "batch": record.batch, "attempt": attempt}
            self.workflow.start(name, event)
        return started

    def settled(self, record: BatchRecord) -> BatchRecord:
        """The record; of a batch whose execution ended without a word, as failed.

        One that a restart of the cloud cut off, as only the local one does, goes on.
        """
        if record.status not in IN_PROGRESS or record.execution is None:
            return record
        if age_seconds(record.updated_at, self.now()) < _STARTING_SECONDS:
            return record
        execution = self.workflow.find(record.execution)
        if execution is not None and execution.status == RUNNING:
            return record
        # It may have ended it since the record was read.
        current = self.batches.find(record.model, record.batch)
        if current is None or current.status not in IN_PROGRESS:
            return current or record
        text = (
            "Expected the batch's execution to run; found that it has ended, as one does that is stopped in the "
            f"console or has run for too long. {start_again(current)}"
        )
        ended = self.batches.end(current, BatchStatus.FAILED, failure=text)
        self._clear(current)
        was_cut_off = execution is not None and execution.error == RESTART_ERROR
        if ended is not None and was_cut_off:
            return self.start(ended, current.run or "") or ended
        return ended or current

    def settle_all(self, model: str) -> bool:
        """Of a model; False where nothing was to be settled."""
        records = self.batches.of_model(model)
        running = [record for record in records if record.status in IN_PROGRESS]
        settled = [self.settled(record) for record in running]
        return settled != running

    def stop(self, record: BatchRecord) -> BatchRecord | None:
        """None where it has ended by itself meanwhile. Answers of jobs that have ended stay for the next start."""
        stopped = self.batches.end(record, BatchStatus.STOPPED)
        if stopped is None:
            return None
        if record.execution:
            self.workflow.stop(record.execution)
        self._clear(record)
        return stopped

    def _clear(self, record: BatchRecord) -> None:
        """Nothing of it bills from now on."""
        if record.job:
            self.sagemaker.stop_transform(record.job)
        owner = batch_tags(self.stack, record.batch)
        self.sagemaker.delete("model", batch_name(self.stack, record.batch), owner)

    def is_stopping(self, record: BatchRecord) -> bool:
        """Whether its last job has still to end, until which its container may write into its log."""
        if not record.jobs:
            return False
        name = batch_name(self.stack, record.batch, record.jobs)
        job = self.sagemaker.transform(name)
        return job is not None and job["TransformJobStatus"] in _GOING

    def remove(self, record: BatchRecord) -> None:
        """A batch that is not in progress, with its file, its answers and the logs of its jobs. It may be repeated."""
        self._clear(record)
        self.storage.delete_object(record.key)
        self.storage.delete_prefix(locations.batch_prefix(record.batch))
        for number in range(1, record.jobs + 1):
            self.logs.delete_of_transform(batch_name(self.stack, record.batch, number))
        self.batches.forget(record)

    def remove_all(self, model: str) -> list[BatchRecord]:
        """All batches of a model, those in progress as well; returns those whose jobs have still to end."""
        stopping = []
        for record in self.batches.of_model(model):
            if record.status in IN_PROGRESS:
                self.stop(record)
            if self.is_stopping(record):
                stopping.append(record)
            else:
                self.remove(record)
        return stopping

    def _stamp(self) -> str:
        return self.now().isoformat(timespec="milliseconds")


def batch_path(record: BatchRecord) -> str:
    """Of the batch in the API."""
    return f"/models/{quote(record.model, safe='')}/batch/{record.batch}"


def start_again(record: BatchRecord) -> str:
    return f"POST {batch_path(record)}/start goes on with the rows that have no answer yet."


def may_start(record: BatchRecord) -> bool:
    return record.status in STARTABLE
