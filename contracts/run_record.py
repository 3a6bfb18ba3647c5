"""The ledger's records of runs and models. Every function writes its part; the API answers with them.

Times are ISO 8601 in UTC, durations seconds. DynamoDB has no NaN: a metric that is none is null in a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from contracts.changes import Changes
from contracts.costs import BudgetRefusal, CostEstimate
from contracts.deployment_record import DeploymentRecord
from contracts.documents import ALWAYS, Record
from contracts.drift import AnswerStatistics
from contracts.evaluation import TrainingFacts
from contracts.quotas import QuotaRefusal
from contracts.releases import Approval, Promotion
from contracts.stored_version import StoredVersion

Metrics = Mapping[str, float | None]
Interval = tuple[float | None, float | None]


class RunStatus(StrEnum):
    INSPECTING = "inspecting"
    TRAINING = "training"
    JUDGING = "judging"
    DEPLOYING = "deploying"
    VERIFYING = "verifying"
    LIVE = "live"
    SUPERSEDED = "superseded"
    KEPT_BACK = "kept back"
    REJECTED = "rejected"
    FAILED = "failed"
    STOPPED = "stopped"

    @classmethod
    def _missing_(cls, value: object) -> RunStatus | None:
        """Records of older runs have another word."""
        return cls.KEPT_BACK if value == "kept champion" else None


IN_PROGRESS = frozenset(
    {
        RunStatus.INSPECTING,
        RunStatus.TRAINING,
        RunStatus.JUDGING,
        RunStatus.DEPLOYING,
        RunStatus.VERIFYING,
    }
)
RETRIABLE = frozenset({RunStatus.FAILED, RunStatus.STOPPED})
RELEASED = frozenset({RunStatus.LIVE, RunStatus.SUPERSEDED})


@dataclass(frozen=True)
class Step(Record):
    """One line of a run's history: `step` is the status that it reached."""

    step: str
    at: str


@dataclass(frozen=True)
class TextLengths(Record):
    """Quantiles over the texts of a drop; all None where there are none."""

    min: int | None = None
    median: int | None = None
    p95: int | None = None
    max: int | None = None


@dataclass(frozen=True)
class TextSummary(Record):
    characters: TextLengths
    words: TextLengths


@dataclass(frozen=True)
class ProfileSummary(Record):
    """What a run's record keeps of `profile.json`."""

    classes: Mapping[str, int]
    """Label -> rows, the largest first and at most 50."""
    text: TextSummary
    duplicates: int
    disputed_texts: int
    seconds: float


@dataclass(frozen=True)
class SinceLive(Record):
    """How the files of a drop differ from those that the live release was trained on; at most 50 files of a kind."""

    run: str
    """The live release."""
    rows: Annotated[int, ALWAYS] = 0
    """How many more rows there are than then; negative where there are fewer."""
    added: Mapping[str, int] = field(default_factory=dict)
    """Name of a new file -> its rows."""
    changed: Mapping[str, int] = field(default_factory=dict)
    """Name of a file that was replaced by another of its name -> how many more rows that has."""
    removed: Mapping[str, int] = field(default_factory=dict)
    """Name of a file that is gone -> the rows it had."""


@dataclass(frozen=True)
class DataRecord(Record):
    """What the API shows of a drop. Which fields there are depends on the layout of the drop."""

    form: str | None = None
    variant: str | None = None
    files: tuple[str, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    labels: tuple[str, ...] | None = None
    """The first 100 where there are very many."""
    label_count: int | None = None
    columns: Mapping[str, str] | None = None
    channels: Mapping[str, int] | None = None
    """Channel of a training script -> bytes."""
    reasons: tuple[str, ...] = ()
    since_live: SinceLive | None = None
    """None where no release is live, or its files are not known."""
    profile: ProfileSummary | None = None
    rows_accepted: int | None = None
    """Of a rejected drop: rows that were right."""


@dataclass(frozen=True)
class ChoiceRecord(Record):
    """One way to settle what a drop leaves open: what Traindrop then does, and the lines for traindrop.yaml."""

    meaning: str
    settings: str


@dataclass(frozen=True)
class ProblemRecord(Record):
    """One reason to reject a drop. `row` is the line, or in a table the row with the header as row 1."""

    file: Annotated[str | None, ALWAYS] = None
    row: Annotated[int | None, ALWAYS] = None
    column: Annotated[str | None, ALWAYS] = None
    expected: Annotated[str, ALWAYS] = ""
    found: Annotated[str, ALWAYS] = ""
    remedy: Annotated[str, ALWAYS] = ""
    message: Annotated[str, ALWAYS] = ""
    choices: tuple[ChoiceRecord, ...] = ()


@dataclass(frozen=True)
class RefusedInstance(Record):
    """One refusal of an instance type, in AWS's words."""

    instance_type: str
    at: str
    reason: str


@dataclass(frozen=True)
class Training(Record):
    """The training job as far as it is known."""

    job: str = ""
    number: int | None = None
    """Which of the run's jobs it is, from 1."""
    instance_type: str | None = None
    spot: bool | None = None
    tries: tuple[RefusedInstance, ...] | None = None
    queued_since: str | None = None
    phase: str | None = None
    """SecondaryStatus of the job."""
    metrics: Metrics = field(default_factory=dict)
    """The last value of each metric."""
    seconds: float | None = None
    billable_seconds: float | None = None
    failure_reason: str | None = None
    interruptions: int | None = None
    """By spot."""
    log_stream: str | None = None
    abandoned_jobs: tuple[str, ...] = ()
    """Spot jobs that were stopped because they had waited too long for an instance."""


@dataclass(frozen=True)
class ComparedBaseline(Record):
    name: str
    metrics: Metrics


@dataclass(frozen=True)
class ComparedChampion(Record):
    run: str
    name: str
    metrics: Metrics


@dataclass(frozen=True)
class GateIntervals(Record):
    """95 % intervals of the gate's metric; empty where there are none."""

    model: Interval | None = None
    difference: Mapping[str, Interval | None] | None = None
    """Baseline or champion -> the model's metric less theirs."""


@dataclass(frozen=True)
class EvaluationSummary(Record):
    """What a run's record keeps of `evaluation.json`, and the gate's decision on it."""

    metric: Annotated[str, ALWAYS] = ""
    min_gain: Annotated[float, ALWAYS] = 0.0
    rows: Annotated[int, ALWAYS] = 0
    model: Annotated[Metrics, ALWAYS] = field(default_factory=dict)
    baselines: Annotated[Mapping[str, ComparedBaseline | None], ALWAYS] = field(
        default_factory=dict
    )
    champion: Annotated[ComparedChampion | None, ALWAYS] = None
    champion_reason: Annotated[str | None, ALWAYS] = None
    changes: Changes | None = None
    """What is otherwise than with the champion, without single rows."""
    intervals: Annotated[GateIntervals, ALWAYS] = field(default_factory=GateIntervals)
    labels: Annotated[tuple[str, ...], ALWAYS] = ()
    label_count: Annotated[int, ALWAYS] = 0
    training: Annotated[TrainingFacts, ALWAYS] = field(default_factory=TrainingFacts)
    verdict: Annotated[str, ALWAYS] = ""
    """`promote` or `keep`."""
    sentence: str = ""
    """How good the model is, for people; empty for tasks that have no such sentence."""
    next_steps: tuple[str, ...] = ()
    """What would make it better, for people, the most useful first."""
    reasons: Annotated[tuple[str, ...], ALWAYS] = ()
    expected: AnswerStatistics | None = None
    """How the held-out rows were answered, to compare predictions with; None for tasks without labels for texts."""


@dataclass(frozen=True)
class Failure(Record):
    """Why a run ended without a release, as a person can act on it."""

    step: Annotated[str, ALWAYS] = ""
    """A `WorkflowStep`."""
    cause: Annotated[str, ALWAYS] = ""
    remedy: Annotated[str, ALWAYS] = ""
    log_tail: Annotated[tuple[str, ...], ALWAYS] = ()
    leftovers: Annotated[tuple[str, ...], ALWAYS] = ()
    """What could not be removed at once; the sweep goes on removing it."""


@dataclass(frozen=True)
class EarlierTry(Record):
    """How far a run had come in an earlier execution of the state machine, before it was retried."""

    number: int
    """From 1."""
    execution: str
    status: RunStatus
    """How it ended; where its workflow was interrupted, the status that it had reached."""
    steps: tuple[Step, ...]
    ended_at: str
    """When it ended, or when its interruption was seen."""
    failure: Failure | None = None
    training_job: str = ""
    notified: RunStatus | None = None
    """The ending that was reported; None for an interruption, which is not reported."""
    promotion: Promotion | None = None

    @property
    def was_interrupted(self) -> bool:
        return self.status in IN_PROGRESS


@dataclass(frozen=True)
class ShardFailure(Record):
    """What the function of one shard of a large drop raised: the state machine says only that one did."""

    files: tuple[str, ...]
    error: str
    """The exception's name."""
    message: str
    """With the file and the row where these are known."""
    at: str


@dataclass(frozen=True)
class RunRecord(Record):
    """One pass over one fingerprint of a drop: what `GET /runs/{run}` answers."""

    document: ClassVar[str] = "run record"

    run: str
    model: str
    fingerprint: str
    attempt: int
    status: RunStatus
    execution: str
    started_at: str
    updated_at: str
    steps: tuple[Step, ...]
    ended_at: str | None = None
    task: str | None = None
    data: DataRecord = field(default_factory=DataRecord)
    spec: StoredVersion | None = None
    """The resolved description of the run; None until Inspect has written it."""
    archive: StoredVersion | None = None
    """What its endpoint serves; None until there is one, and once it has been removed."""
    kept_spec: StoredVersion | None = None
    """The spec's copy beside the archive, which lasts as long as that."""
    estimate: CostEstimate | None = None
    """What its training was expected to cost, before it was started; None where nothing is trained."""
    budget_refusal: BudgetRefusal | None = None
    """Why the present try's training was not started; `quota_refusal` where its model has no room to be deployed."""
    quota_refusal: QuotaRefusal | None = None
    training: Training = field(default_factory=Training)
    evaluation: EvaluationSummary | None = None
    report: str | None = None
    """The API's path of the report on the training; `card` is that of the model card."""
    card: str | None = None
    mistakes: str | None = None
    """The API's path of the held-out rows that are answered wrong; `label_errors` of labels that may be wrong."""
    label_errors: str | None = None
    deployment: DeploymentRecord = field(default_factory=DeploymentRecord)
    problems: tuple[ProblemRecord, ...] = ()
    problem_count: int | None = None
    warnings: tuple[str, ...] | None = None
    failure: Failure | None = None
    shard_failure: ShardFailure | None = None
    """The last one; a function is tried again, so that the run may have gone on."""
    hooks: tuple[str, ...] | None = None
    """What the drop's own serving code defines; None without such code."""
    example: Any = None
    """A request the model answers, where its owner gave one."""
    notified: RunStatus | None = None
    """The ending that people and programs were notified of; after a day, the one that nobody could be."""
    mailed: RunStatus | None = None
    """The ending that was mailed to people; `announced` is the one that programs were notified of."""
    announced: RunStatus | None = None
    approval: Approval | None = None
    """Where the run may go live once a person approves it."""
    promotion: Promotion | None = None
    """Where the present try is a person's decision that the run goes live."""
    live_since: str | None = None
    """When it went live, the last time."""
    replaced: str | None = None
    """The run that was live until then."""
    removed_at: str | None = None
    """When its archive and data were removed."""
    removing: bool | None = None
    """While objects of it may be left; the sweep goes on removing them."""
    stop_requested_at: str | None = None
    """When somebody asked that the present try be stopped."""
    tries: tuple[EarlierTry, ...] = ()
    """The earlier ones, the last of very many; `execution` and `steps` are those of the present try."""

    @property
    def is_in_progress(self) -> bool:
        return self.status in IN_PROGRESS

    @property
    def waits_for_approval(self) -> bool:
        """Whether nobody has approved or rejected it yet; the deadline may have passed."""
        is_undecided = self.approval is not None and self.approval.decision is None
        return is_undecided and self.status is RunStatus.KEPT_BACK

    @property
    def try_number(self) -> int:
        """Of the present try, from 1."""
        return self.tries[-1].number + 1 if self.tries else 1

    @property
    def was_live(self) -> bool:
        """Whether it is or was a release; a later try may have failed."""
        return self.status in RELEASED or self.live_since is not None

    @property
    def try_began_at(self) -> str:
        return self.steps[0].at
