"""The process in which a training job's graph is made, and measured on the held-out rows."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference.model.onnx_manifest import INT8, OnnxManifest
from tasks import get_task
from training.common.side_process import read_request, write_answer
from training.common.types import Json, Rows
from training.inputs.hyperparameters import resolve
from training.inputs.job_inputs import read_rows
from training.packaging.onnx_export.errors import NotExportedError
from training.packaging.onnx_export.graph import load_tokenizer
from training.packaging.onnx_export.precision import (
    GraphChoice,
    HeldOutScorer,
    choose_graph,
    spread,
)
from training.recipes import recipe_of
from training.recipes.base import Predictions

if TYPE_CHECKING:
    from training.common.types import Tokenizer

FIRST_PREDICTIONS = "first.pickle"
"""The graph's predictions of the first held-out rows, each asked alone."""
ALL_PREDICTIONS = "all.pickle"
"""The predictions of a graph in int8 of all held-out rows; there is no such file where they would take too long."""
MAX_SECONDS = 300.0
"""That predicting all held-out rows may take."""


@dataclass(frozen=True)
class GraphRequest:
    """What the job asks for, as JSON."""

    model_dir: str
    task: str
    variant: str
    labels: list[str]
    test: str
    """The channel of the held-out rows."""
    first_rows: int
    """How many of them are asked alone."""
    hyperparameters: Mapping[str, Json]
    metric: str
    precision: str
    max_metric_loss: float


@dataclass(frozen=True)
class GraphAnswer:
    """What became of it, as JSON; the graph is in the folder's `onnx/`."""

    reason: str
    """Why there is no graph, a clause; with one, why it is in this precision, a sentence."""
    manifest: OnnxManifest | None = None
    """None without a graph."""
    rows: int = 0
    """Held-out rows that were measured."""
    values: Mapping[str, float] = field(default_factory=dict)
    """Precision -> the metric."""
    bytes: Mapping[str, int] = field(default_factory=dict)
    """Precision -> the size of the graph."""
    seconds: float = 0.0

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> GraphAnswer:
        """From the JSON of `asdict`."""
        manifest = content["manifest"]
        return cls(
            **{**content, "manifest": OnnxManifest(**manifest) if manifest else None}
        )


def answer(folder: Path) -> None:
    """Reads the folder's request; leaves the answer, the first predictions and the graph there."""
    threading.Thread(target=_end_with_the_job, daemon=True).start()
    try:
        result = _make_graph(GraphRequest(**read_request(folder)), folder)
    except NotExportedError as error:
        result = GraphAnswer(reason=str(error))
    write_answer(folder, asdict(result))


def _end_with_the_job() -> None:
    """However the job ends: it holds the other end of this process's input."""
    sys.stdin.read()
    os._exit(1)


def _make_graph(request: GraphRequest, folder: Path) -> GraphAnswer:
    task, model_dir = get_task(request.task, request.variant), Path(request.model_dir)
    recipe = recipe_of(task, request.labels)
    assert recipe.trainer.graph is not None, "the job asks for no other graphs"
    rows = read_rows(Path(request.test), task)
    measured = [rows[index] for index in spread(len(rows))]
    arguments = resolve(request.hyperparameters, task.defaults)
    scorer = HeldOutScorer(recipe, measured, arguments, request.metric)
    choice = choose_graph(
        model_dir,
        task.name,
        recipe.trainer.graph,
        folder,
        precision=request.precision,
        max_metric_loss=request.max_metric_loss,
        scorer=scorer,
    )
    tokenizer = load_tokenizer(model_dir, choice.graph.manifest)
    first = [
        scorer.predictions(choice.graph, tokenizer, [row])[0]
        for row in rows[: request.first_rows]
    ]
    (folder / FIRST_PREDICTIONS).write_bytes(pickle.dumps(first))
    everything = predictions_of_all(choice, scorer, rows, tokenizer)
    if everything is not None:
        (folder / ALL_PREDICTIONS).write_bytes(pickle.dumps(list(everything)))
    return GraphAnswer(
        reason=choice.reason,
        manifest=choice.graph.manifest,
        rows=len(measured),
        values=choice.values,
        bytes=choice.bytes,
        seconds=choice.seconds,
    )


def predictions_of_all(
    choice: GraphChoice, scorer: HeldOutScorer, rows: Rows, tokenizer: Tokenizer
) -> Predictions | None:
    """What the chosen graph says of all held-out rows, if it is in int8, which answers otherwise than the weights.

    None for a graph in float32, and where the rows beyond those that were measured would take too long.
    """
    if choice.graph.manifest.precision != INT8 or choice.predictions is None:
        return None
    measured = len(choice.predictions)
    if measured == len(rows):
        return choice.predictions
    if choice.prediction_seconds / measured * len(rows) > MAX_SECONDS:
        return None
    return scorer.predictions(choice.graph, tokenizer, rows)
