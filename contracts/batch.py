"""Batches: files of rows that a model answers outside its endpoint, as the ledger knows them.

Times are ISO 8601 in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from contracts.costs import Price
from contracts.documents import ALWAYS, Record


class BatchStatus(StrEnum):
    UPLOADING = "uploading"
    """Its file is awaited, and then a call that starts it."""
    PREPARING = "preparing"
    """Its rows are read and checked."""
    RUNNING = "running"
    WRITING = "writing"
    """The answers are put beside the rows."""
    COMPLETED = "completed"
    FAILED = "failed"
    STOPPED = "stopped"


IN_PROGRESS = frozenset(
    {BatchStatus.PREPARING, BatchStatus.RUNNING, BatchStatus.WRITING}
)
STARTABLE = frozenset({BatchStatus.UPLOADING, BatchStatus.FAILED, BatchStatus.STOPPED})


class BatchFormat(StrEnum):
    """Of the file with the rows, and of the result."""

    CSV = "csv"
    JSON_LINES = "jsonl"


class BatchOutcome(StrEnum):
    """What the function of the batches' state machine answers."""

    WAIT = "wait"
    """The state machine waits `seconds`, then calls it again."""
    CONTINUE = "continue"
    """It is called again at once."""
    ENDED = "ended"


@dataclass(frozen=True)
class BatchRecord(Record):
    """One file of rows, and how far its answers are."""

    document: ClassVar[str] = "batch record"

    batch: str
    model: str
    status: BatchStatus
    key: str
    """Of the file with the rows, in the data bucket."""
    created_at: str
    updated_at: str
    version_id: str = ""
    """Of the file as it was read first: what is uploaded later is another batch's."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Of every request."""
    run: str | None = None
    """The release that answers: the one that was live when the batch was started first."""
    execution: str | None = None
    """Of the state machine: the one that may write here."""
    tries: Annotated[int, ALWAYS] = 0
    """How often it was started."""
    format: BatchFormat | None = None
    rows: Annotated[int | None, ALWAYS] = None
    """None until they are counted."""
    requests: int = 0
    """Rows that a model can be asked; the others are errors."""
    answered: Annotated[int, ALWAYS] = 0
    errors: Annotated[int, ALWAYS] = 0
    """Rows without an answer."""
    jobs: int = 0
    """Transform jobs so far; their names are numbered."""
    job: str | None = None
    """The transform job in progress."""
    job_created_at: str | None = None
    rows_per_second: float | None = None
    """As the last job answered them."""
    instance_type: str | None = None
    instance_count: int = 1
    price: Price | None = None
    """Of an instance; None where it is not known."""
    result: str | None = None
    """The result's key."""
    failure: str | None = None
    """What failed and what to do: sentences."""
    started_at: str | None = None
    ended_at: str | None = None
