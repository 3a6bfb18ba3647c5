"""One step of a batch at a time: prepare its rows, start a job, look at it, write the result.

Every step may be repeated: what it makes has names that follow from the batch, and what is done already is found in the
bucket. A job answers what is missing there; so a batch that was stopped, or whose job failed, goes on where it was.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from contracts import locations
from contracts.batch import (
    IN_PROGRESS,
    BatchFormat,
    BatchOutcome,
    BatchRecord,
    BatchStatus,
)
from contracts.costs import RunningCost
from contracts.run_record import RunRecord
from functions.adapters.batches import Batches
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.logs import Logs
from functions.adapters.run_spec import read_spec
from functions.adapters.sagemaker import Description, InstanceRefusedError
from functions.adapters.storage import Storage
from functions.batch.control import batch_path, start_again
from functions.batch.job import Transformer
from functions.batch.outcomes import BatchObjects
from functions.batch.preparation import MAX_INPUT_BYTES, Preparation, write_shard
from functions.batch.requests import RequestMaker
from functions.batch.results import AnswerColumns, RowOutcome, write_result
from functions.batch.rows import BatchFileError, read_table
from functions.batch.shards import Shard, count_of, divided, next_job, shard_size
from functions.common.lambda_handler import Result
from functions.common.times import age_seconds
from functions.costs.booking import Booker, batch_cost
from functions.costs.budgets import batch_refusal
from functions.costs.price_table import Component

_ENDED = frozenset({"Completed", "Failed", "Stopped"})
_OF_ROWS = ("ClientError: See job logs", "AlgorithmError: See job logs")
"""How the failure of a job begins whose container refused or failed requests."""
_MANY_SHARDS = 8
"""So many divided shards without one answer are no accident."""


class BatchFailureError(RuntimeError):
    """The batch cannot go on. The text says what was expected, what was found and what to do."""


@dataclass(frozen=True)
class BatchWork:
    batches: Batches
    ledger: Ledger
    storage: Storage
    logs: Logs
    transformer: Transformer
    booker: Booker
    now: Callable[[], datetime] = utc_now

    def advance(self, model: str, batch: str, attempt: int) -> Result:
        """`attempt` is the try that the caller's execution works on: to another one nothing is done."""
        record = self._find(model, batch, attempt)
        if record is None:
            return _ended()
        steps = {
            BatchStatus.PREPARING: self._prepare,
            BatchStatus.RUNNING: self._run,
            BatchStatus.WRITING: self._write,
        }
        try:
            return steps[record.status](record)
        except (BatchFailureError, BatchFileError) as error:
            return self._fail(record, str(error))

    def fail(self, model: str, batch: str, attempt: int, error: str) -> Result:
        """After a step that failed for good."""
        record = self._find(model, batch, attempt)
        if record is None:
            return _ended()
        text = f"A step of the batch failed: {error}."
        return self._fail(record, f"{text} {start_again(record)}")

    def _find(self, model: str, batch: str, attempt: int) -> BatchRecord | None:
        """None of a batch that has ended, or is another try's."""
        record = self.batches.find(model, batch)
        if record is None or record.tries != attempt:
            return None
        return record if record.status in IN_PROGRESS else None

    def _fail(self, record: BatchRecord, reason: str) -> Result:
        if record.job:
            self.transformer.sagemaker.stop_transform(record.job)
        self.transformer.delete_model(record)
        self.batches.end(record, BatchStatus.FAILED, failure=reason)
        return _ended()

    # ---- prepare ---------------------------------------------------------------------------------------------------

    def _prepare(self, record: BatchRecord) -> Result:
        run = self._release(record)
        spec = read_spec(run, self.storage)
        if record.rows is None:
            preparation = Preparation(self.storage, record.batch)
            version = self._input_version(record)
            maker = RequestMaker.of(spec, record.parameters)
            table_format = preparation.prepare(record.key, version, maker)
            changed = self.batches.change(
                record,
                version_id=version,
                format=table_format,
                rows=preparation.rows,
                requests=preparation.requests,
                errors=len(preparation.refused),
            )
            if changed is None:
                return _ended()
            record = changed
        self.transformer.create_model(record, run, spec)
        settings = self.transformer.environment.settings
        instance_type = settings.batch_instance_type
        self.batches.change(
            record,
            status=BatchStatus.RUNNING,
            instance_type=instance_type,
            instance_count=settings.batch_instance_count,
            price=self.booker.prices.price(Component.TRANSFORM, instance_type),
        )
        return _continue()

    def _release(self, record: BatchRecord) -> RunRecord:
        run = self.ledger.find_run(record.run or "")
        if run is None or run.archive is None:
            raise BatchFailureError(
                f"Expected the release {record.run!r}, with which the batch was started; found it removed. "
                "Start a new batch of the same file: the release that is live answers it."
            )
        return run

    def _input_version(self, record: BatchRecord) -> str:
        stored = self.storage.find(record.key)
        if stored is None:
            raise BatchFileError(
                f"Expected a file at {self.storage.uri(record.key)}; found none. Upload it, then start the batch: "
                f"POST {batch_path(record)}/start."
            )
        if stored.size > MAX_INPUT_BYTES:
            raise BatchFileError(
                f"Expected a file of at most {MAX_INPUT_BYTES:,} bytes; found {stored.size:,}. Divide it, and start a "
                "batch for each part."
            )
        return stored.version_id

    # ---- jobs ------------------------------------------------------------------------------------------------------

    def _run(self, record: BatchRecord) -> Result:
        if record.job is None:
            return self._start_job(record)
        job = self.transformer.sagemaker.transform(record.job)
        if job is None:
            # Its creation was cut off after it had been noted: the same again.
            return self._start_job(record)
        if job["TransformJobStatus"] not in _ENDED:
            self._note_progress(record, BatchObjects(self.storage, record.batch))
            return _wait(age_seconds(record.job_created_at or self.now(), self.now()))
        return self._end_job(record, job)

    def _start_job(self, record: BatchRecord) -> Result:
        missing = BatchObjects(self.storage, record.batch).missing
        if not missing:
            self.batches.change(record, status=BatchStatus.WRITING)
            return _continue()
        number = record.jobs if record.job else record.jobs + 1
        name = self.transformer.job_name(record, number)
        noted = self.batches.change(
            record,
            jobs=number,
            job=name,
            job_created_at=record.job_created_at if record.job else self._stamp(),
        )
        if noted is None:
            return _ended()
        cost = batch_cost(noted, name, self.now())
        self._require_budget(noted, cost)
        self.booker.book.begin(cost)
        shards = next_job(missing, record.rows_per_second)
        try:
            self.transformer.create_job(noted, number, shards)
        except InstanceRefusedError as error:
            self.booker.book.forget(cost)
            raise BatchFailureError(
                f"AWS has no instance for the batch: {error}. Ask for a quota of 1 in the Service Quotas console "
                f"({noted.instance_type} for transform job usage), or deploy with another BatchInstanceType. "
                f"{start_again(record)}"
            ) from error
        if not self._is_current(noted):
            # It was stopped while the job was created.
            self.transformer.sagemaker.stop_transform(name)
        return _wait(0)

    def _require_budget(self, record: BatchRecord, cost: RunningCost) -> None:
        limit = self.transformer.environment.settings.monthly_budget
        refusal = batch_refusal(self.booker.book, cost, limit, self.now())
        if refusal:
            raise BatchFailureError(f"{refusal} {start_again(record)}")

    def _is_current(self, record: BatchRecord) -> bool:
        current = self.batches.find(record.model, record.batch)
        return current is not None and (current.tries, current.job) == (
            record.tries,
            record.job,
        )

    def _end_job(self, record: BatchRecord, job: Description) -> Result:
        objects = BatchObjects(self.storage, record.batch)
        noted = self.booker.book.find_running(job["TransformJobName"])
        if noted is not None:
            self.booker.look(noted)
        shards = self.transformer.shards_of_job(record, record.jobs)
        bad = [shard for shard in shards if shard not in objects.answers]
        reason = str(
            job.get("FailureReason") or f"the job is {job['TransformJobStatus']}"
        )
        is_of_rows = len(bad) < len(shards) or reason.startswith(_OF_ROWS)
        if bad and (not is_of_rows or _is_hopeless(shards, bad)):
            raise BatchFailureError(
                f"The transform job {record.job} ended as {job['TransformJobStatus']}: {reason}. Its log in "
                f"/aws/sagemaker/TransformJobs says more{self._last_words(record)}. {start_again(record)}"
            )
        for shard in bad:
            self._ask_again(record, shard, reason)
        seconds = _transform_seconds(job)
        speed = (count_of(shards) - count_of(bad)) / seconds if seconds else None
        changed = self.batches.change(
            record, job=None, rows_per_second=speed or record.rows_per_second
        )
        if changed is None:
            return _ended()
        self._note_progress(changed, BatchObjects(self.storage, record.batch))
        return _continue()

    def _ask_again(self, record: BatchRecord, shard: Shard, reason: str) -> None:
        """Of a shard without an answer: its parts, or of a single request the reason."""
        if shard.count == 1:
            words = self.logs.of_transform(record.job or "", shard.name)
            failure = f"the model gave no answer: {words or reason}"
            BatchObjects(self.storage, record.batch).note_failure(shard, failure)
            return
        key = f"{locations.batch_requests_prefix(record.batch)}{shard.name}"
        lines = self.storage.read_bytes(key).decode().split("\n")
        for piece in divided(shard):
            first = piece.start - shard.start
            write_shard(
                self.storage, record.batch, piece, lines[first : first + piece.count]
            )

    def _last_words(self, record: BatchRecord) -> str:
        words = self.logs.of_transform(record.job or "")
        return f": {words}" if words else ""

    def _note_progress(self, record: BatchRecord, objects: BatchObjects) -> None:
        answered = count_of(
            shard for shard in objects.shards if shard in objects.answers
        )
        rows, requests = record.rows or 0, record.requests
        errors = rows - requests + len(objects.failures)
        if (answered, errors) != (record.answered, record.errors):
            self.batches.change(record, answered=answered, errors=errors)

    def _stamp(self) -> str:
        return self.now().isoformat(timespec="milliseconds")

    # ---- the result ------------------------------------------------------------------------------------------------

    def _write(self, record: BatchRecord) -> Result:
        table_format = record.format or BatchFormat.JSON_LINES
        key = locations.batch_result_key(record.batch, table_format)
        objects = BatchObjects(self.storage, record.batch)
        columns = AnswerColumns(objects.outcomes())
        counter = _ErrorCounter()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "result"
            with (
                path.open("w", encoding="utf-8", newline="") as target,
                self.storage.open(record.key, record.version_id) as source,
            ):
                outcomes = counter.counted(objects.outcomes())
                write_result(read_table(source), outcomes, columns, target)
            self.storage.upload_file(path, key)
        self.transformer.delete_model(record)
        self.batches.end(
            record,
            BatchStatus.COMPLETED,
            result=key,
            errors=counter.errors,
            answered=counter.rows - counter.errors,
        )
        return _ended()


@dataclass
class _ErrorCounter:
    rows: int = 0
    errors: int = 0

    def counted(self, outcomes: Iterator[RowOutcome]) -> Iterator[RowOutcome]:
        for outcome in outcomes:
            self.rows += 1
            self.errors += bool(outcome.error)
            yield outcome


def _is_hopeless(shards: list[Shard], bad: list[Shard]) -> bool:
    """Whether the model answers nothing at all: many shards, divided once already, and not one with an answer."""
    is_divided = all(shard.count < shard_size(shard.start) for shard in shards)
    return is_divided and len(bad) == len(shards) >= _MANY_SHARDS


def _transform_seconds(job: Description) -> float:
    began, ended = job.get("TransformStartTime"), job.get("TransformEndTime")
    return float((ended - began).total_seconds()) if began and ended else 0.0


def _continue() -> Result:
    return {"outcome": BatchOutcome.CONTINUE}


def _ended() -> Result:
    return {"outcome": BatchOutcome.ENDED}


def _wait(seconds: int) -> Result:
    """`age_seconds` of the job: the older it is, the longer the state machine waits."""
    return {"outcome": BatchOutcome.WAIT, "age_seconds": seconds}
