"""What a task brings to training: how its rows become tokens, how its model is loaded, asked and measured.

A prediction is what the task's predictor, the code that serves, says of one row; so a model is judged by the answers
its callers will get, and any model of the task (a user's own, an older release) can be judged the same way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tasks import Row, Task
from tasks.arguments import Arguments
from training.errors import BaseModelError
from training.fine_tuning.adapters import merged, with_adapters
from training.fine_tuning.freezing import frozen
from training.metrics.bootstrap import Tally

Metrics = dict[str, float]
Mistake = dict[str, Any]
"""`row`, `input`, `expected`, `found` and `score`, as `evaluation.json` has them."""
Features = dict[str, Any]
"""One encoded example: unpadded lists of token numbers under the model's argument names, and `labels`."""
Predictions = Sequence[Any]
"""One entry a row, in the order of the rows."""
Collator = Callable[[Sequence[Any]], dict[str, Any]]


@dataclass(frozen=True)
class Baseline:
    """What a simple method reaches on the same held-out rows."""

    name: str
    tally: Tally

    @property
    def metrics(self) -> Metrics:
        return self.tally.metrics()


class Recipe(ABC):
    """Nothing here imports torch or transformers before it is called: baselines run in a process without them."""

    def __init__(self, task: Task) -> None:
        self.task = task

    @abstractmethod
    def load_model(self, source: str, labels: Sequence[str]) -> Any:
        """A pretrained model with a head for the labels, in single precision."""

    def prepare(self, model: Any, tokenizer: Any, arguments: Arguments) -> Any:
        """The model as it is trained, with adapters or frozen layers where they are asked for.

        Called once, before `encode`. Raises `JobError`.
        """
        return with_adapters(frozen(model, arguments), arguments)

    @abstractmethod
    def encode(
        self, tokenizer: Any, rows: Sequence[Row], labels: Sequence[str], arguments: Arguments
    ) -> Sequence[Features]:
        """Training examples, not padded; there may be more or fewer than rows. `arguments.max_length` fits the model.

        Raises `DataError`.
        """

    def collator(self, tokenizer: Any, multiple: int | None, arguments: Arguments) -> Collator:
        """Examples to a batch of tensors, widths rounded up to `multiple`."""
        from training.fine_tuning.batching import Padding  # noqa: PLC0415

        return Padding(tokenizer, multiple)

    def loss(self, model: Any, batch: dict[str, Any]) -> Any | None:
        """The loss where the model does not compute it itself; None where it does."""
        return None

    def measure_logits(self, logits: Any, references: Any) -> Metrics | None:
        """Metrics to choose the best checkpoint by, from arrays; None: the validation loss is what counts."""
        return None

    @abstractmethod
    def predict(self, model: Any, tokenizer: Any, rows: Sequence[Row], arguments: Arguments) -> Predictions:
        """What the serving code says of the rows, with this model."""

    def answers(self, predictions: Predictions) -> Predictions:
        """What of each prediction is measured; a rival's answers are of the same kind."""
        return predictions

    @abstractmethod
    def tally(self, answers: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Tally:
        """Every metric of the task, as what each row adds to it; `task.metric` larger is better."""

    def measure(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Metrics:
        return self.tally(self.answers(predictions), rows, labels).metrics()

    def details(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> dict[str, Any]:
        """More of `evaluation.json`, for example a confusion matrix."""
        return {"labels": list(labels)} if labels else {}

    def calibration(
        self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]
    ) -> dict[str, Any] | None:
        """How far confidence can be trusted; None where answers are not chosen among labels."""
        return None

    @abstractmethod
    def mistakes(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> list[Mistake]:
        """The worst of what the model gets wrong, made by `training.metrics.mistakes.worst`."""

    def number_pairs(self, predictions: Predictions, rows: Sequence[Row]) -> list[tuple[float, float]]:
        """(true, predicted) of the held-out rows, where answers are numbers: `Task.number_axes` names both."""
        return []

    @abstractmethod
    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        """What needs no learning, such as the most frequent answer. Runs without torch."""

    def reference_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline | None:
        """What a good engineer would try first without a neural network; None where there is nothing of the kind."""
        return None

    @abstractmethod
    def request(self, row: Row) -> dict[str, Any]:
        """A request of `task.request_schema` that asks for this row."""

    def outputs(self, labels: Sequence[str]) -> Sequence[str]:
        """What a model of these labels tells apart; empty where it chooses among none."""
        return ()

    def questions(self, rows: Sequence[Row]) -> list[dict[str, Any]] | None:
        """For each row a request whose answer tells all that is measured; None where no request can."""
        return [self.request(row) for row in rows]

    def heard(self, response: Any, labels: Sequence[str]) -> Any:
        """The answer, of the kind of `answers`, in what any model of the task responds to one of `questions`.

        Raises `LookupError`, `TypeError` or `ValueError` for a response of another shape or with other labels.
        """
        raise NotImplementedError

    @abstractmethod
    def disagreement(self, response: Any, prediction: Any, labels: Sequence[str], tolerance: float) -> str | None:
        """How an answer to `request` differs from the trained model's prediction; None within the tolerance."""

    def settings(self, arguments: Arguments) -> dict[str, Any]:
        """What serving must know besides the weights: packed into `config.json` as `task_specific_params[<task>]`."""
        return {}

    def merged(self, model: Any) -> Any:
        """The model as it is saved, its adapters merged; called once, after training."""
        return merged(model)


def need_places(tokenizer: Any) -> None:
    """Raises `BaseModelError` for a tokenizer that does not know where in the text a token stands."""
    if not tokenizer.is_fast:
        raise BaseModelError(
            f"expected a base model with a fast tokenizer (tokenizer.json); found {type(tokenizer).__name__}. "
            "Choose another base_model."
        )
