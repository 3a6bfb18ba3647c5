"""What a task brings to training. Logits and references are numpy arrays, one entry a row, in the order of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tasks import Row, Task

Metrics = dict[str, float]


@dataclass(frozen=True)
class Baseline:
    """What a simple method reaches on the same held-out rows."""

    name: str
    metrics: Metrics


class Recipe(Protocol):
    """Nothing here imports torch or transformers before it is called: baselines run in a process without them."""

    task: Task

    def load_model(self, source: str, labels: Sequence[str]) -> Any:
        """A pretrained model with a new head, in single precision."""

    def encode(
        self, tokenizer: Any, rows: Sequence[Row], labels: Sequence[str], max_length: int
    ) -> list[dict[str, Any]]:
        """The rows as a model takes them: lists, not padded, and `labels`. Raises `DataError`."""

    def measure(self, logits: Any, references: Any) -> Metrics:
        """Every metric of the task, those of `task.metrics` among them."""

    def details(self, logits: Any, references: Any, labels: Sequence[str]) -> dict[str, Any]:
        """More of `evaluation.json`, for example a confusion matrix."""

    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        """What needs no learning, such as the most frequent answer."""

    def reference_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        """What a good engineer would try first without a neural network."""

    def request(self, row: Row) -> dict[str, Any]:
        """A request of `task.request_schema` that asks for this row."""

    def disagreement(self, response: Any, logits: Any, labels: Sequence[str], tolerance: float) -> str | None:
        """How an answer to `request` differs from the logits of the trained model by more than the tolerance."""
