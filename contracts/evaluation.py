"""`evaluation.json`: how good a model is. The training job writes it; Judge, the report and the model card read it.

`docs/evaluation.schema.json` is generated from these classes; the texts in `Annotated` are its descriptions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from contracts import json_schema, locations
from contracts.changes import Changes
from contracts.documents import ALWAYS, Limits, Record, members
from contracts.measures import Count, Interval, Metrics, Share

MAX_MISTAKES = 20
CALIBRATION_BINS = 10


@dataclass(frozen=True)
class Baseline(Record):
    """What a simple method reaches."""

    name: Annotated[str, "What it does."]
    metrics: Annotated[Metrics, "Metric -> its value over the held-out rows."]


@dataclass(frozen=True)
class Baselines(Record):
    """Simple methods; empty for a training script of the drop's own."""

    trivial: Annotated[Baseline | None, "What needs no learning."] = None
    reference: Annotated[
        Baseline | None, "What one would try first without a neural network.", ALWAYS
    ] = None

    def write(self) -> dict[str, Any]:
        """Empty where there is no trivial baseline: then nothing was compared."""
        return super().write() if self.trivial else dict(self.extra)


@dataclass(frozen=True)
class Champion(Record):
    """The model that was live before, on the same held-out rows, answered by the serving code of its own archive."""

    run: Annotated[str, "Its run."]
    name: Annotated[str, "What to call it."]
    metrics: Annotated[Metrics, "Metric -> its value over the held-out rows."]


@dataclass(frozen=True)
class Differences(Record):
    """Intervals of the gate's metric: the model's less another's, both on the same resampled rows. Null without it."""

    trivial: Annotated[Interval | None, "The model less the trivial baseline."]
    reference: Annotated[Interval | None, "The model less the reference baseline."]
    champion: Annotated[Interval | None, "The model less the champion."]


@dataclass(frozen=True)
class Intervals(Record):
    """95 % bootstrap intervals: percentiles of the metrics over 1,000 resamples of the held-out rows."""

    model: Annotated[Mapping[str, Interval], "Metric -> its interval."]
    trivial: Annotated[
        Mapping[str, Interval] | None,
        "Metric -> its interval; null without this baseline.",
    ]
    reference: Annotated[
        Mapping[str, Interval] | None,
        "Metric -> its interval; null without this baseline.",
    ]
    champion: Annotated[
        Mapping[str, Interval] | None,
        "Metric -> its interval; null without a champion.",
    ]
    difference: Differences


@dataclass(frozen=True)
class CalibrationBin(Record):
    """One bin; `confidence` and `accuracy` are null where no answer fell into it."""

    low: Share
    high: Share
    confidence: Share | None
    accuracy: Share | None
    rows: Annotated[
        Count, "Answers in it: rows, or of several labels or tags each one."
    ]


@dataclass(frozen=True)
class Calibration(Record):
    """How far a classifier's confidence can be trusted, over its answers."""

    ece: Annotated[
        Share, "Expected calibration error: mean distance of confidence and accuracy."
    ]
    bins: Annotated[
        tuple[CalibrationBin, ...],
        "Ten bins of equal width over the confidence.",
        Limits(minItems=CALIBRATION_BINS, maxItems=CALIBRATION_BINS),
    ]
    brier: Annotated[
        float | None, "Mean squared error of the probabilities.", Limits(minimum=0)
    ] = None


@dataclass(frozen=True)
class Leakage(Record):
    """Rows that would have flattered the model."""

    train: Annotated[
        Count, "Training rows left out because the validation or test split holds them."
    ]
    validation: Annotated[
        Count, "Validation rows left out because the test split holds them."
    ]
    duplicates: Annotated[
        Count, "Held-out rows beyond the first of several that are the same."
    ]


@dataclass(frozen=True)
class Mistake(Record):
    """One held-out row that the model gets wrong."""

    row: Annotated[Count, "Its place among the held-out rows, from 0."]
    input: Annotated[str, "What was asked, cut to 300 characters."]
    expected: Annotated[str, "What was right."]
    found: Annotated[str, "What the model answered."]
    score: Annotated[
        float | None,
        "By what the rows are ordered, worst first: the confidence in the wrong answer, the size of the error, or the "
        "quality that was reached.",
    ]
    file: Annotated[
        str, "The file of the drop that it is in; empty where that is not recorded."
    ] = ""
    file_row: Annotated[Count | None, "Its row there, as a spreadsheet counts."] = None


@dataclass(frozen=True)
class HistoryPoint(Record):
    """What was reported at one step; `eval_<metric>` where the validation split was evaluated."""

    extra_pattern: ClassVar[str] = "^eval_"

    step: Annotated[Count, "Optimizer steps done."]
    epoch: float
    train_loss: float | None = None
    learning_rate: float | None = None


@dataclass(frozen=True)
class LabelMetric(Record):
    """How well one label, or one kind of entity, is found."""

    f1: Share
    rows: Annotated[Count | None, "How often it is right."] = None
    precision: Annotated[
        Share | None, "Of the answers that name it, those that are right."
    ] = None
    recall: Annotated[
        Share | None, "Of the places where it is right, those that name it."
    ] = None
    train_rows: Annotated[Count | None, "Training rows that have it."] = None


@dataclass(frozen=True)
class Threshold(Record):
    """What is gained by leaving the answers below a score to a person."""

    score: Annotated[Share, "Answers from this score on are taken."]
    answered: Annotated[Share, "Held-out rows whose answer is taken."]
    right: Annotated[
        Share | None, "Of those, the ones that are right; null where there is none."
    ]


@dataclass(frozen=True)
class Collapse(Record):
    """A training that was stopped because it did no better than one answer for every row."""

    learning_rate: Annotated[float, "The rate that was too high."]
    step: Annotated[Count, "Optimizer steps done."]
    reason: Annotated[str, "A clause whose subject is the training."]


@dataclass(frozen=True)
class Trial(Record):
    """A training of the search."""

    learning_rate: float
    epochs: float
    base_model: str
    seconds: float
    value: Annotated[
        float | None, "The metric on the validation rows; null where it failed.", ALWAYS
    ] = None
    reason: Annotated[str | None, "Why it failed."] = None


@dataclass(frozen=True)
class SearchFacts(Record):
    """The trials among which the hyperparameters were chosen."""

    metric: Annotated[str, "By which they were chosen; more is better."]
    rows: Annotated[
        Count, "Validation rows that they were judged by; none is held out."
    ]
    planned: Annotated[Count, "Trials that were asked for."]
    trials: tuple[Trial, ...]
    best: Annotated[
        Count | None, "The number of the one that was taken, from 0.", ALWAYS
    ] = None
    reason: Annotated[str | None, "Why there were fewer trials than asked for."] = None


@dataclass(frozen=True)
class TrainingFacts(Record):
    """How the training went; empty for a training script of the drop's own."""

    rows: Annotated[Count | None, "Rows trained on."] = None
    epochs: float | None = None
    seconds: float | None = None
    rows_per_second: float | None = None
    device: Annotated[str | None, "What it ran on."] = None
    batch: Annotated[
        Count | None,
        "Rows in a batch, where memory ran out once and they became fewer.",
    ] = None
    accumulation: Annotated[Count | None, "Batches in a step, likewise."] = None
    eval_batch: Annotated[Count | None, "Rows in an evaluation batch, likewise."] = None
    retried: Annotated[str | None, "Why the training was done once more."] = None
    learning_rate: Annotated[
        float | None, "The peak of the learning rate, where trainings before collapsed."
    ] = None
    collapses: Annotated[
        tuple[Collapse, ...] | None,
        "The trainings before, each at three times the rate of the next.",
    ] = None
    search: Annotated[
        SearchFacts | None, "Where traindrop.yaml asked for a search."
    ] = None


class PackedEngine(StrEnum):
    TORCH = "torch"
    ONNX = "onnxruntime"


class PackedPrecision(StrEnum):
    FLOAT32 = "float32"
    INT8 = "int8"


@dataclass(frozen=True)
class PackedMetrics(Record):
    """The metric by the weights and by each graph."""

    torch: float
    float32: float
    int8: float | None = None


@dataclass(frozen=True)
class PackedBytes(Record):
    """The sizes of the files."""

    torch: Annotated[Count, "The weights."]
    float32: Annotated[Count, "The graph."]
    int8: Annotated[Count | None, "The graph."] = None


@dataclass(frozen=True)
class PackedModel(Record):
    """What was packed to be served by, and how good it is; `values` and `bytes` are those of what was made."""

    engine: Annotated[PackedEngine, "torch: the weights alone."]
    precision: Annotated[PackedPrecision, "Of what is served."]
    evaluated: Annotated[
        PackedEngine,
        "What the evaluation's metrics are those of: onnxruntime where a graph in int8 is served.",
    ] = field(default=PackedEngine.TORCH, kw_only=True)
    reason: Annotated[
        str,
        "Why there is no graph, or why it is in this precision; empty where there was no choice.",
    ]
    metric: Annotated[
        str | None, "The metric that was measured: the one that the gate compares."
    ] = None
    rows: Annotated[
        Count | None, "Held-out rows it was measured on: at most 1,000, evenly spread."
    ] = None
    values: PackedMetrics | None = None
    bytes: PackedBytes | None = None
    seconds: Annotated[
        float | None, "What making and measuring took, aside from the job."
    ] = None


@dataclass(frozen=True)
class Evaluation(Record):
    """How good a model is, beside what it has to beat, on the same held-out rows."""

    document: ClassVar[str] = locations.EVALUATION

    task: Annotated[str, "As Hugging Face calls it."]
    variant: Annotated[str, "The variant of the task; empty for its plain one."]
    metric: Annotated[
        str,
        "The metric that the gate compares; empty for a training script of the drop's own.",
    ]
    rows: Annotated[Count, "Held-out rows."]
    model: Annotated[Metrics, "Metric -> its value over the held-out rows."]
    baselines: Baselines
    champion: Champion | None
    training: TrainingFacts
    champion_reason: Annotated[
        str | None, "Why a champion that there is was not compared.", ALWAYS
    ] = None
    sentence: Annotated[str, "How good the model is, for people."] = ""
    next_steps: Annotated[
        tuple[str, ...], "What would make it better, for people."
    ] = ()
    intervals: Intervals | None = None
    calibration: Annotated[Calibration | None, ALWAYS] = None
    leakage: Leakage | None = None
    mistakes: Annotated[
        tuple[Mistake, ...],
        "At most 20, the worst first.",
        Limits(maxItems=MAX_MISTAKES),
        ALWAYS,
    ] = ()
    history: Annotated[
        tuple[HistoryPoint, ...],
        "What training reported, in the order of its steps.",
        ALWAYS,
    ] = ()
    labels: Annotated[
        tuple[str, ...] | None, "Names of the model's outputs, of tasks that have such."
    ] = None
    confusion: Annotated[
        tuple[tuple[Count, ...], ...] | None,
        "Rows: the true class; columns: the predicted one; in the order of `labels`.",
        ALWAYS,
    ] = None
    label_metrics: Annotated[
        Mapping[str, LabelMetric] | None,
        "Label, or kind of entity -> how well it is found.",
    ] = None
    thresholds: Annotated[
        tuple[Threshold, ...],
        "For classifiers: rising scores below which nothing is answered.",
    ] = ()
    label_errors: Annotated[
        Count | None,
        "Held-out rows whose labels are likely wrong; null where it is not looked for.",
    ] = None
    changes: Annotated[
        Changes | None, "What is otherwise than with the champion; null without it."
    ] = None
    unanswerable: Annotated[Count | None, "Held-out questions without an answer."] = (
        None
    )
    samples: Annotated[
        tuple[Mapping[str, Any], ...] | None,
        "The first held-out rows with what the model writes.",
    ] = None
    serving: PackedModel | None = None
    versions: Annotated[Mapping[str, str], "Package -> its version."] = field(
        default_factory=dict
    )

    def write(self) -> dict[str, Any]:
        """Without what is empty, for a training script of the drop's own, where nothing is measured."""
        content = super().write()
        if not self.metric:
            for member in members(type(self)):
                if member.always and getattr(self, member.name) == member.default:
                    del content[member.name]
        return content


def schema() -> json_schema.Schema:
    """The published schema."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": Evaluation.document,
    }
    return head | json_schema.schema_of(Evaluation)
