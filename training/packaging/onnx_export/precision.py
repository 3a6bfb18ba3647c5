"""Which graph is packed: int8 where it is as good on the held-out rows as float32 is, or as it was asked for."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inference.model.onnx_manifest import FLOAT32, INT8
from tasks import Row
from tasks.arguments import Arguments
from training.packaging.onnx_export.errors import NotExportedError
from training.packaging.onnx_export.families import FAMILIES
from training.packaging.onnx_export.graph import Graph, float_graph, tokenizer_of
from training.packaging.onnx_export.int8 import quantized
from training.recipes.base import Predictions, Recipe

MOST_ROWS = 1_000
"""More held-out rows would take long and hardly tell more: half a point is five of them."""


@dataclass(frozen=True)
class Judge:
    """Held-out rows, and what is measured on them."""

    recipe: Recipe
    rows: Sequence[Row]
    labels: Sequence[str]
    arguments: Arguments
    metric: str

    def predictions(self, graph: Graph, tokenizer: Any, rows: Sequence[Row]) -> Predictions:
        return self.recipe.predict(graph.model, tokenizer, rows, self.arguments)

    def value(self, graph: Graph, tokenizer: Any) -> float:
        found = self.predictions(graph, tokenizer, self.rows)
        return float(self.recipe.measure(found, self.rows, self.labels)[self.metric])


@dataclass(frozen=True)
class Choice:
    """The graph that is to be packed, and what led to it."""

    graph: Graph
    values: Mapping[str, float]
    """Precision -> the metric."""
    bytes: Mapping[str, int]
    seconds: float
    reason: str = ""
    """A sentence: why it is not the other precision; empty where nothing else was looked at."""


def sample(count: int) -> list[int]:
    """The places of the rows that are measured: all, or some that are evenly spread."""
    return sorted(set(np.linspace(0, count - 1, min(count, MOST_ROWS)).astype(int).tolist()))


def chosen(
    model_dir: Path, task: str, family: str, folder: Path, *, precision: str, most_lost: float, judge: Judge | None
) -> Choice:
    """Raises `NotExportedError` where there is no graph at all; without a judge, int8 only where it is asked for."""
    began = time.monotonic()
    graph = float_graph(model_dir, task, FAMILIES[family], folder)
    graphs, values, reason = [graph], {}, ""
    tokenizer = tokenizer_of(model_dir, graph.exported)
    if judge:
        values[FLOAT32] = judge.value(graph, tokenizer)
    if precision == INT8 or (precision == "auto" and judge):
        try:
            graphs.append(quantized(graph))
            if judge:
                values[INT8] = judge.value(graphs[-1], tokenizer)
            kept = precision == INT8 or _is_as_good(values, most_lost)
            reason = _verdict(judge.metric, values, most_lost, kept) if judge else "int8 as asked for, not measured."
            graph = graphs[-1] if kept else graph
        except NotExportedError as error:
            reason = f"float32, since {error}."
    sizes = {each.exported.precision: each.bytes for each in graphs}
    return Choice(graph, values, sizes, time.monotonic() - began, reason)


def _is_as_good(values: Mapping[str, float], most_lost: float) -> bool:
    """Never where one of them is no number."""
    return round(values[FLOAT32] - values[INT8], 9) <= most_lost


def _verdict(metric: str, values: Mapping[str, float], most_lost: float, kept: bool) -> str:
    lost = values[FLOAT32] - values[INT8]
    said = f"{INT8 if kept else FLOAT32}: {metric} {values[INT8]:.4f} with int8, {values[FLOAT32]:.4f} with float32"
    if kept and not lost <= most_lost:
        return f"{said}, taken as asked for."
    return f"{said}, {'within' if kept else 'beyond'} the {most_lost:g} that it may lose."
