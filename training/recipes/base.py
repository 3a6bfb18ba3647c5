"""What a task brings to training, in three parts, so that each can be used without the others.

`TaskTrainer` turns rows into examples, loads the model and asks it. `TaskScorer` judges predictions; it runs without
torch, because baselines are computed in a process without it. `ServedAnswers` compares what a served model responds.

A prediction is what the task's predictor, the code that serves, says of one row. So a model is judged by what its
callers get, and any model of the task, such as a user's own or an older release, is judged the same way. An answer is
the part of a prediction that is measured; a response of a served model has it too.

| family                           | prediction of one row                     | answer                         |
|----------------------------------|-------------------------------------------|--------------------------------|
| `text_classification`            | `FloatArray` (labels,): logits            | `int`: the class               |
| `text_classification`, multi-label | `FloatArray` (labels,): logits          | `BoolArray` (labels,)          |
| `text_classification`, regression | `FloatArray` (1,)                        | `float`, in the rows' unit     |
| `token_classification`           | `TaggedRow`: a tag for each token         | `TokenTags`                    |
| `question_answering`             | `list[Answer]`, best first                | `str`, empty for no answer     |
| `seq2seq`                        | `WrittenText`                             | `str`                          |
| `causal_lm`                      | `ContinuedText`: loss and hits over tokens | `TokenCounts`                 |
| `masked_lm`                      | `FilledText`: loss and hits over masks    | `TokenCounts`                  |
| `embedding`                      | `list[float]`: cosines of the row's pairs | `list[float]`, the same        |
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypedDict, TypeVar

from contracts import evaluation
from contracts.evaluation import Calibration, LabelMetric, Mistake, Threshold
from tasks import Row, Task
from tasks.hyperparameters import Hyperparameters
from training.common.errors import BaseModelError
from training.common.examples import Examples
from training.common.types import (
    Batch,
    Collator,
    FloatArray,
    Json,
    JsonObject,
    Metrics,
    Rows,
)
from training.metrics.label_errors import LabelError
from training.metrics.mistakes import MistakeText
from training.metrics.sums import MetricSums

if TYPE_CHECKING:
    from training.common.types import Model, Tensor, Tokenizer

VERIFIED_ROWS = 16
"""The first held-out rows, which are asked through the server before the job ends."""

PredictionT = TypeVar("PredictionT")
AnswerT = TypeVar("AnswerT")
ResponseT = TypeVar("ResponseT")


@dataclass(frozen=True)
class BaselineResult:
    """What a simple method reaches on the held-out rows."""

    name: str
    sums: MetricSums

    @property
    def metrics(self) -> Metrics:
        return self.sums.metrics()

    def report(self) -> evaluation.Baseline:
        return evaluation.Baseline(name=self.name, metrics=self.metrics)


@dataclass(frozen=True)
class JudgedRow:
    """An answer in words, and whether it is right."""

    is_right: bool
    text: MistakeText


@dataclass(frozen=True)
class GraphInterface:
    """How the ONNX graph of a task's model is made and read."""

    auto_class: str
    """The class of transformers that loads the model."""
    outputs: tuple[str, ...]
    """What the predictor reads of the model's answer."""
    trial_rows: int = 32
    """How many rows at once the graph is compared with the weights on."""


class Details(TypedDict, total=False):
    """Fields of `Evaluation` that only some tasks have."""

    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    label_metrics: Mapping[str, LabelMetric]
    thresholds: tuple[Threshold, ...]
    label_errors: int
    unanswerable: int
    samples: tuple[JsonObject, ...]


class TaskTrainer(ABC, Generic[PredictionT]):
    """Loads, trains and asks a model. Imports torch and transformers only when it is called."""

    graph: ClassVar[GraphInterface | None] = None
    """None for models that write texts, which torch serves."""
    can_collapse: ClassVar[bool] = False
    """Whether the model's own loss over `labels` can be compared with that of one answer for every row."""
    weighs_classes: ClassVar[bool] = False
    """Whether each row has one class, which the loss can weigh."""

    def __init__(self, task: Task, labels: Sequence[str]) -> None:
        """`labels` are the dataset's, sorted; empty for tasks without."""
        self.task = task
        self.labels = list(labels)

    @abstractmethod
    def load_model(self, source: str) -> Model:
        """The pretrained model of a folder or Hub id, with a head for the labels, in single precision."""

    def prepare(
        self, model: Model, tokenizer: Tokenizer, arguments: Hyperparameters
    ) -> None:
        """Checks the model and sets what the task needs in it. Called once, before `encode`. Raises `JobError`."""

    @abstractmethod
    def encode(
        self, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> Examples:
        """Examples to train on; there may be more or fewer than rows. `arguments.max_length` fits the model.

        Raises `DataError`.
        """

    def collator(
        self, tokenizer: Tokenizer, multiple: int | None, arguments: Hyperparameters
    ) -> Collator:
        """From examples to a batch; the width of a batch is rounded up to a multiple of `multiple`."""
        from training.recipes.padding import Padding  # noqa: PLC0415

        return Padding(tokenizer, multiple)

    def loss(self, model: Model, batch: Batch) -> Tensor | None:
        """The loss of a batch, a scalar; None where the model computes its own."""
        return None

    @property
    def validation_metric(self) -> str:
        """By what the best checkpoint is chosen: `loss`, or a metric of `logit_metrics`."""
        return "loss"

    def logit_metrics(self, logits: FloatArray, references: FloatArray) -> Metrics:
        """Metrics of a validation, from logits and labels, each with a row for each example."""
        return {}

    @abstractmethod
    def predict(
        self, model: Model, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> Sequence[PredictionT]:
        """What the serving code says of each row with this model."""

    def settings(self, arguments: Hyperparameters) -> dict[str, Json]:
        """What serving must know besides the weights: `task_specific_params[<task>]` of `config.json`."""
        return {}

    def finish(self, model: Model) -> Model:
        """The trained model, its adapters merged, as it is saved. Called once."""
        return model


class TaskScorer(ABC, Generic[PredictionT, AnswerT]):
    """Judges predictions of held-out rows. Runs without torch."""

    def __init__(self, task: Task, labels: Sequence[str]) -> None:
        self.task = task
        self.labels = list(labels)

    @abstractmethod
    def answers(self, predictions: Sequence[PredictionT]) -> Sequence[AnswerT]:
        """The measured part of each prediction."""

    @abstractmethod
    def sums(self, answers: Sequence[AnswerT], rows: Rows) -> MetricSums:
        """Every metric of the task. A larger value of `task.metric` is better."""

    def metrics(self, predictions: Sequence[PredictionT], rows: Rows) -> Metrics:
        return self.sums(self.answers(predictions), rows).metrics()

    def details(self, predictions: Sequence[PredictionT], rows: Rows) -> Details:
        """More fields of `evaluation.json`, for example a confusion matrix."""
        return {"labels": tuple(self.labels)}

    def calibration(
        self, predictions: Sequence[PredictionT], rows: Rows
    ) -> Calibration | None:
        """How far confidence can be trusted; None where answers are not chosen among labels."""
        return None

    @abstractmethod
    def mistakes(self, predictions: Sequence[PredictionT], rows: Rows) -> list[Mistake]:
        """The worst of what the model gets wrong, by `metrics.mistakes.worst`."""

    def judged(self, answers: Sequence[AnswerT], rows: Rows) -> list[JudgedRow] | None:
        """Each answer; None where answers are more or less right, as written texts are."""
        return None

    def label_metrics(
        self, answers: Sequence[AnswerT], rows: Rows
    ) -> Mapping[str, LabelMetric] | None:
        """How well each label, or kind of entity, is found; None for a task without."""
        return None

    def label_errors(
        self, predictions: Sequence[PredictionT], rows: Rows
    ) -> list[LabelError] | None:
        """Held-out rows whose labels are likely wrong, the likeliest first; None where rows have none."""
        return None

    def number_pairs(
        self, predictions: Sequence[PredictionT], rows: Rows
    ) -> list[tuple[float, float]]:
        """(true, predicted) of the held-out rows, where answers are numbers: `Task.number_axes` names both."""
        return []

    def read_as(self, tokenizer: Tokenizer) -> None:
        """From here on baselines of a language model count this tokenizer's tokens, as the model does."""

    @abstractmethod
    def trivial_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        """What needs no learning, such as the most frequent answer."""

    def reference_baseline(self, train: Rows, test: Rows) -> BaselineResult | None:
        """What one would try first without a neural network; None where there is nothing of the kind."""
        return None


class ServedAnswers(ABC, Generic[PredictionT, AnswerT, ResponseT]):
    """Requests for held-out rows, and what a served model responds to them."""

    def __init__(self, task: Task, labels: Sequence[str]) -> None:
        self.task = task
        self.labels = list(labels)

    @property
    def class_names(self) -> Sequence[str]:
        """The names of the model's outputs; empty where it chooses among none."""
        return ()

    @abstractmethod
    def request(self, row: Row) -> JsonObject:
        """A request of `task.request_schema` that asks for this row."""

    def evaluation_requests(self, rows: Rows) -> list[JsonObject] | None:
        """For each row, a request whose response has all that is measured; None where no request can have it."""
        return [self.request(row) for row in rows]

    @abstractmethod
    def parse_response(self, response: ResponseT) -> AnswerT:
        """The answer in any model's response to one of `evaluation_requests`.

        Raises `LookupError`, `TypeError` or `ValueError` for a response of another shape or with other labels.
        """

    @abstractmethod
    def disagreement(
        self, response: ResponseT, prediction: PredictionT, tolerance: float
    ) -> str | None:
        """How a response to `request` differs from the trained model's prediction; None within the tolerance."""


@dataclass(frozen=True)
class Recipe(Generic[PredictionT, AnswerT, ResponseT]):
    """The three parts of one task with the labels of one dataset."""

    task: Task
    labels: Sequence[str]
    trainer: TaskTrainer[PredictionT]
    scorer: TaskScorer[PredictionT, AnswerT]
    served: ServedAnswers[PredictionT, AnswerT, ResponseT]


AnyRecipe: TypeAlias = Recipe[Any, Any, Any]
AnyScorer: TypeAlias = TaskScorer[Any, Any]
Predictions: TypeAlias = Sequence[Any]
"""One prediction a row, in the order of the rows; of which kind, the table above says."""


def require_offsets(tokenizer: Tokenizer) -> None:
    """Raises `BaseModelError` for a tokenizer that does not know where in the text a token stands."""
    if not tokenizer.is_fast:
        raise BaseModelError(
            f"expected a base model with a fast tokenizer (tokenizer.json); found {type(tokenizer).__name__}. "
            "Choose another base_model."
        )
