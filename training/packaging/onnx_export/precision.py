"""Which graph is packed: int8 where it is as good on the held-out rows as float32 is, or where the user asks for it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inference.model.onnx_manifest import FLOAT32, INT8
from tasks.hyperparameters import Hyperparameters
from training.packaging.onnx_export.errors import NotExportedError
from training.packaging.onnx_export.graph import Graph, float_graph, load_tokenizer
from training.packaging.onnx_export.int8 import quantized
from training.recipes.base import AnyRecipe, GraphInterface, Predictions

if TYPE_CHECKING:
    from training.common.types import Rows, Tokenizer

AUTO = "auto"
MAX_MEASURED_ROWS = 1_000
"""More held-out rows would take long and hardly say more: half a point is five of them."""
ROUNDING_DIGITS = 9


@dataclass(frozen=True)
class HeldOutScorer:
    """Held-out rows, and the metric that is measured on them."""

    recipe: AnyRecipe
    rows: Rows
    arguments: Hyperparameters
    metric: str

    def predictions(
        self, graph: Graph, tokenizer: Tokenizer, rows: Rows
    ) -> Predictions:
        return self.recipe.trainer.predict(graph.model, tokenizer, rows, self.arguments)

    def value(self, predictions: Predictions) -> float:
        """The metric of what a graph says of the rows."""
        return self.recipe.scorer.metrics(predictions, self.rows)[self.metric]


@dataclass(frozen=True)
class GraphChoice:
    """The graph to pack, and what led to it."""

    graph: Graph
    values: Mapping[str, float]
    """Precision -> the metric."""
    bytes: Mapping[str, int]
    """Precision -> the size of the graph."""
    seconds: float
    reason: str = ""
    """A sentence: why it is in this precision; empty where there was no choice."""
    predictions: Predictions | None = None
    """The graph's, of the scorer's rows; None without a scorer."""
    prediction_seconds: float = 0.0
    """How long these took."""


def spread(rows: int) -> list[int]:
    """The indexes of the rows that are measured: all, or `MAX_MEASURED_ROWS` evenly spread."""
    indexes = np.linspace(0, rows - 1, min(rows, MAX_MEASURED_ROWS)).astype(int)
    return sorted(set(indexes.tolist()))


def choose_graph(
    model_dir: Path,
    task: str,
    interface: GraphInterface,
    folder: Path,
    *,
    precision: str,
    max_metric_loss: float,
    scorer: HeldOutScorer | None,
) -> GraphChoice:
    """Makes the graphs in `folder`; `precision` is `auto`, `float32` or `int8`.

    Raises `NotExportedError` where there is no graph at all. Without a scorer, int8 is made only on request.
    """
    started = time.monotonic()
    graph = float_graph(model_dir, task, interface, folder)
    tokenizer = load_tokenizer(model_dir, graph.manifest)
    measured = _GraphScore.of(graph, tokenizer, scorer)
    values = {FLOAT32: measured.value} if measured else {}
    sizes = {FLOAT32: graph.bytes}
    reason = ""
    if precision == INT8 or (precision == AUTO and scorer):
        try:
            small = quantized(graph)
            sizes[INT8] = small.bytes
            measured_small = _GraphScore.of(small, tokenizer, scorer)
            if measured_small:
                values[INT8] = measured_small.value
            takes_int8 = precision == INT8 or _is_as_good(values, max_metric_loss)
            reason = (
                _reason(scorer.metric, values, max_metric_loss, takes_int8)
                if scorer
                else NOT_MEASURED
            )
            if takes_int8:
                graph, measured = small, measured_small
        except NotExportedError as error:
            reason = f"float32, since {error}."
    choice = GraphChoice(graph, values, sizes, time.monotonic() - started, reason)
    if measured is None:
        return choice
    return replace(
        choice,
        predictions=measured.predictions,
        prediction_seconds=measured.seconds,
    )


@dataclass(frozen=True)
class _GraphScore:
    """What a graph says of the scorer's rows, how good it is, and how long it took."""

    predictions: Predictions
    value: float
    seconds: float

    @classmethod
    def of(
        cls, graph: Graph, tokenizer: Tokenizer, scorer: HeldOutScorer | None
    ) -> _GraphScore | None:
        """None without a scorer."""
        if scorer is None:
            return None
        started = time.monotonic()
        predictions = scorer.predictions(graph, tokenizer, scorer.rows)
        seconds = time.monotonic() - started
        return cls(predictions, scorer.value(predictions), seconds)


NOT_MEASURED = "int8 as asked for, not measured."


def _is_as_good(values: Mapping[str, float], max_metric_loss: float) -> bool:
    """False where a value is not a number."""
    return round(values[FLOAT32] - values[INT8], ROUNDING_DIGITS) <= max_metric_loss


def _reason(
    metric: str, values: Mapping[str, float], max_metric_loss: float, takes_int8: bool
) -> str:
    loss = values[FLOAT32] - values[INT8]
    chosen = INT8 if takes_int8 else FLOAT32
    compared = f"{chosen}: {metric} {values[INT8]:.4f} with int8, {values[FLOAT32]:.4f} with float32"
    if takes_int8 and not loss <= max_metric_loss:
        return f"{compared}, taken as asked for."
    side = "within" if takes_int8 else "beyond"
    return f"{compared}, {side} the {max_metric_loss:g} that it may lose."
