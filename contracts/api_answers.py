"""What the API answers, where no document of `contracts` holds it. Times are ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.batch import BatchStatus
from contracts.changes import Changes
from contracts.deployment_record import DeploymentRecord
from contracts.documents import Record
from contracts.releases import Approval, Promotion, ReleaseState
from contracts.run_record import (
    ComparedBaseline,
    ComparedChampion,
    DataRecord,
    GateIntervals,
    Interval,
    Metrics,
    RunStatus,
)


@dataclass(frozen=True)
class RunLine(Record):
    """A run in a list."""

    run: str
    model: str
    status: RunStatus
    started_at: str
    updated_at: str
    attempt: int = 1
    task: str | None = None
    ended_at: str | None = None
    problem_count: int | None = None
    metric: str | None = None
    """The metric it is judged by; `value` is what its model reached."""
    value: float | None = None
    cause: str | None = None
    """Why it failed."""


@dataclass(frozen=True)
class ModelLine(Record):
    """A model in a list."""

    model: str
    status: str
    """Of its endpoint: SageMaker's word for it, `none` or `asleep`."""
    endpoint: str
    updated_at: str
    task: str | None = None
    champion: str | None = None
    """The run that is live."""
    active_run: str | None = None
    asleep_since: str | None = None


@dataclass(frozen=True)
class ExampleCall(Record):
    """A call that a model answers, below the API's URL."""

    method: str
    path: str
    body: Any = None


@dataclass(frozen=True)
class ModelPage(Record):
    """Everything about a model; its numbers are those of the run that is live."""

    model: str
    status: str
    endpoint: str
    updated_at: str
    task: str | None = None
    champion: str | None = None
    active_run: RunLine | None = None
    asleep_since: str | None = None
    labels: tuple[str, ...] | None = None
    label_count: int | None = None
    sentence: str | None = None
    """How good the model is, for people."""
    next_steps: tuple[str, ...] = ()
    metrics: Metrics = field(default_factory=dict)
    baselines: Mapping[str, ComparedBaseline | None] = field(default_factory=dict)
    intervals: GateIntervals = field(default_factory=GateIntervals)
    contest: ComparedChampion | None = None
    changes: Changes | None = None
    rows: int | None = None
    """How many held-out rows the numbers are of."""
    report: str | None = None
    """The API's path of the report; so are the three that follow."""
    card: str | None = None
    mistakes: str | None = None
    label_errors: str | None = None
    data: DataRecord = field(default_factory=DataRecord)
    deployment: DeploymentRecord = field(default_factory=DeploymentRecord)
    example: ExampleCall | None = None
    custom: bool | None = None
    """Whether code of its own reads the requests."""


@dataclass(frozen=True)
class TrainingCost(Record):
    """What SageMaker bills of a training."""

    billable_seconds: float
    instance_type: str | None = None
    spot: bool | None = None


@dataclass(frozen=True)
class Release(Record):
    """A run that is or was live, or could be."""

    run: str
    state: ReleaseState
    status: RunStatus
    since: str | None = None
    task: str | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    metric: str | None = None
    value: float | None = None
    interval: Interval | None = None
    """95 %, of `value`."""
    labels: tuple[str, ...] | None = None
    cost: TrainingCost | None = None
    replaced: str | None = None
    promotion: Promotion | None = None
    approval: Approval | None = None
    report: str | None = None


@dataclass(frozen=True)
class Link(Record):
    """An address that needs no key, for as many seconds."""

    url: str
    seconds: int
    method: str = "GET"
    uri: str | None = None
    """The same in S3."""


@dataclass(frozen=True)
class Batch(Record):
    """A file of rows that a model answers by jobs of its own."""

    batch: str
    model: str
    status: BatchStatus
    created_at: str
    run: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    rows: int | None = None
    """None until they are counted."""
    answered: int = 0
    errors: int = 0
    """Rows without an answer."""
    failure: str | None = None
    input: str | None = None
    """The file's address in S3."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    cost: Mapping[str, Any] = field(default_factory=dict)
    seconds_left: float | None = None
    upload: Link | None = None
    """Where the file is to be put, of a batch that was just made."""
    result: Link | None = None
