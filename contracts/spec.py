"""`spec.json`: the resolved description of a run. Inspect writes it; every later state and the training job read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from contracts import locations
from contracts.documents import ALWAYS, Record

Text = Annotated[str, ALWAYS]
Texts = Annotated[tuple[str, ...], ALWAYS]
_GPU_INSTANCE = re.compile(r"ml\.(g|gr|p)\d")


def has_gpu(instance_type: str) -> bool:
    """Whether SageMaker's instances of this type have GPUs."""
    return _GPU_INSTANCE.match(instance_type) is not None


@dataclass(frozen=True)
class Compute(Record):
    """What the training job runs on."""

    instance_types: Texts = ()
    """In the order in which they are asked for."""
    instance_count: Annotated[int, ALWAYS] = 1
    volume_gb: Annotated[int, ALWAYS] = 50
    spot: Annotated[bool, ALWAYS] = True
    max_runtime_seconds: Annotated[int, ALWAYS] = 86_400
    max_queue_hours: Annotated[float, ALWAYS] = 24
    """How long the run waits for an instance before it fails."""


IDLE_MINUTES = "idle_minutes"
"""A setting of the deployment modes that bill by the hour."""


@dataclass(frozen=True)
class Deployment(Record):
    """How the model is served. The settings of the deployment modes are in `extra`: each mode knows its own."""

    mode: Text = ""

    @property
    def settings(self) -> Mapping[str, str | int]:
        """Setting -> its value; those of every mode, whichever is in use."""
        return self.extra

    @property
    def idle_minutes(self) -> int | None:
        """After how long without a request the endpoint is put to sleep; None where it never is."""
        return int(self.extra.get(IDLE_MINUTES, 0)) or None


@dataclass(frozen=True)
class Serving(Record):
    """What the user asks to be packed beside the weights; None is left to the training job."""

    engine: str | None = None
    precision: str | None = None
    max_metric_loss: float | None = None


class ReferenceRule(StrEnum):
    """How a new model must stand beside the reference baseline."""

    IGNORE = "ignore"
    NOT_WORSE = "not_worse"
    """Not worse beyond chance."""
    BETTER = "better"
    """Better beyond chance."""


class LabelChangeRule(StrEnum):
    """What becomes of a model whose labels are not those of the live one."""

    HOLD = "hold"
    ALLOW = "allow"


class ApprovalRule(StrEnum):
    """Whether a person has to approve a model before it goes live."""

    NONE = "none"
    REQUIRED = "required"


@dataclass(frozen=True)
class Gate(Record):
    """The metric that decides, and by how much (in the metric's unit) a model must be better."""

    metric: Text = ""
    min_gain: Annotated[float, ALWAYS] = 0.0
    must_beat_champion: bool = False
    """Whether no worse than the live model is not enough."""
    reference: ReferenceRule = ReferenceRule.NOT_WORSE
    label_change: LabelChangeRule = LabelChangeRule.HOLD
    approval: ApprovalRule = ApprovalRule.NONE
    approval_days: float = 7
    """After which a model that nobody has approved may no longer be."""


@dataclass(frozen=True)
class Budget(Record):
    """What may be spent, in US dollars; None for no limit."""

    run_usd: float | None = None
    """On the run's training."""
    month_usd: float | None = None
    """On the model's trainings and endpoints in a month."""


@dataclass(frozen=True)
class Search(Record):
    """Trainings that are tried before the model's own, to find its hyperparameters."""

    trials: int
    budget_minutes: float | None = None
    """After which no trial starts; None for no limit."""
    base_models: tuple[str, ...] = ()
    """Hub ids that are tried beside the spec's."""


@dataclass(frozen=True)
class Data(Record):
    """The rows or files that training reads, below `prefix` in the data bucket."""

    prefix: Text = ""
    rows: Annotated[Mapping[str, int], ALWAYS] = field(default_factory=dict)
    """Split -> rows; empty where they are not known."""
    left_out: Mapping[str, int] | None = None
    """Split -> rows left out because a stricter split holds them."""
    file_rows: Mapping[str, int] = field(default_factory=dict)
    """Name of a data file -> its rows."""
    channels: tuple[str, ...] = ()
    """The channels of a training script of the drop's own."""


@dataclass(frozen=True)
class StoredFile(Record):
    """A file of the drop as it was inspected; `size` in bytes."""

    key: str
    size: int
    etag: str
    version_id: str


@dataclass(frozen=True)
class HubSource(Record):
    """A model of the Hugging Face Hub that is deployed as it is."""

    model_id: str
    revision: str
    """A commit; empty where the Hub names none."""
    token_secret: str | None
    """The name of the Secrets Manager secret with a private model's token."""


@dataclass(frozen=True)
class Spec(Record):
    """`Spec()` is that of a job which is given no spec: everything is left to the hyperparameters and the task."""

    document: ClassVar[str] = locations.SPEC

    run: Text = ""
    model: Text = ""
    task: Text = ""
    """As Hugging Face calls it; empty where only the drop's own code knows."""
    variant: Text = ""
    columns: Annotated[Mapping[str, str], ALWAYS] = field(default_factory=dict)
    """The task's column -> the user's."""
    labels: Texts = ()
    base_model: Text = ""
    """Hub id; empty where nothing is trained, or the drop's own script decides."""
    hyperparameters: Annotated[Mapping[str, Any], ALWAYS] = field(default_factory=dict)
    compute: Annotated[Compute, ALWAYS] = field(default_factory=Compute)
    deployment: Annotated[Deployment, ALWAYS] = field(default_factory=Deployment)
    serving: Annotated[Serving, ALWAYS] = field(default_factory=Serving)
    gate: Annotated[Gate, ALWAYS] = field(default_factory=Gate)
    budget: Budget = field(default_factory=Budget)
    search: Search | None = None
    data: Annotated[Data, ALWAYS] = field(default_factory=Data)
    files: Annotated[tuple[StoredFile, ...], ALWAYS] = ()
    warnings: tuple[str, ...] = ()
    """What Inspect warned of, for the report."""
    script: bool = False
    """Whether the drop's own `code/train.py` is run."""
    archive: str | None = None
    """Key of the archive that is deployed without training."""
    code: bool = False
    """Whether the drop has code."""
    hooks: tuple[str, ...] = ()
    """The hooks that the drop's own `code/inference.py` defines, sorted."""
    example: Any = None
    """A request that the model answers, for code of the drop's own."""
    hub: HubSource | None = None
