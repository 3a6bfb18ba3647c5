"""A graph made in another process while the weights are judged, then packed, and asked through the server."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from contracts.environment import ServingVariable
from contracts.evaluation import (
    PackedBytes,
    PackedEngine,
    PackedMetrics,
    PackedModel,
    PackedPrecision,
)
from contracts.locations import TEST_CHANNEL
from contracts.spec import Deployment, Spec, has_gpu
from contracts.verification import MAX_ROWS, VerifiedRow
from inference.model.onnx_manifest import FLOAT32, FOLDER, INT8
from training.common.errors import ServingError
from training.common.log import say
from training.common.side_process import (
    SOURCE_ROOT,
    FailedError,
    SideProcess,
    TimedOutError,
    serving_environment,
)
from training.common.types import Json, Rows
from training.inputs.job_inputs import Job
from training.packaging.onnx_export.errors import NotExportedError
from training.packaging.onnx_export.export_process import (
    ALL_PREDICTIONS,
    FIRST_PREDICTIONS,
    GraphAnswer,
    GraphRequest,
)
from training.packaging.onnx_export.graph import weights_bytes
from training.packaging.onnx_export.precision import AUTO, spread
from training.packaging.packing import pack_graph
from training.packaging.verification import ServingCheck, require_agreement
from training.recipes.base import AnyRecipe, Predictions

TIMEOUT_SECONDS = 1800.0
DEFAULT_MAX_METRIC_LOSS = 0.005
"""Half a point of a metric from 0 to 1."""
PACKAGES = ("onnx", "onnxruntime")
BY_WEIGHTS = (
    "The evaluation is of the weights: int8 on all held-out rows would take too long."
)
MAX_REASON_CHARACTERS = 300


@dataclass(frozen=True)
class ExportRequest:
    """The model whose graph is made, and what it is measured by."""

    model_dir: Path
    recipe: AnyRecipe
    spec: Spec
    rows: Rows
    """The held-out ones."""
    test: Path
    """Their channel."""
    hyperparameters: Mapping[str, Json]
    """As the model was trained with them."""
    metric: str

    @classmethod
    def of(cls, job: Job, hyperparameters: Mapping[str, Json]) -> ExportRequest:
        test = job.paths.channel(TEST_CHANNEL)
        return cls(
            job.paths.model,
            job.recipe,
            job.spec,
            job.test,
            test,
            hyperparameters,
            job.gate_metric,
        )

    def for_process(self) -> GraphRequest:
        serving = self.spec.serving
        loss = serving.max_metric_loss
        return GraphRequest(
            model_dir=str(self.model_dir.resolve()),
            task=self.recipe.task.name,
            variant=self.recipe.task.variant,
            labels=list(self.recipe.labels),
            test=str(self.test.resolve()),
            first_rows=MAX_ROWS,
            hyperparameters=dict(self.hyperparameters),
            metric=self.metric,
            precision=serving.precision or AUTO,
            max_metric_loss=DEFAULT_MAX_METRIC_LOSS if loss is None else loss,
        )


class PackResult(NamedTuple):
    """What was packed."""

    packed: PackedModel
    rows: list[VerifiedRow]
    """The verified rows, with the graph's responses where there is a graph."""
    predictions: Predictions
    """Of all held-out rows, by what is served."""


class ExportJob:
    """Started after packing, asked after the weights are judged and checked."""

    def __init__(self, request: ExportRequest) -> None:
        self._request = request
        self._skip_reason = skip_reason(request)
        self._process: SideProcess | None = None
        if not self._skip_reason:
            self._process = _start(request)

    def pack(self, predictions: Predictions, rows: Sequence[VerifiedRow]) -> PackResult:
        """Packs the graph, if it is right. `predictions` are those of the weights, of all held-out rows."""
        try:
            packed, responses = self._pack(predictions, rows)
            served = self._predictions_of_graph()
        except Exception as error:  # a good model is not thrown away for a graph of it
            shutil.rmtree(self._request.model_dir / FOLDER, ignore_errors=True)
            reason = (
                str(error)
                if isinstance(error, NotExportedError)
                else f"{type(error).__name__}: {error}"
            )
            reason = reason.rstrip(".")
            say(f"There is no graph of the model: {reason}")
            alone = _weights_alone(f"There is no graph: {reason}.")
            return PackResult(alone, list(rows), predictions)
        finally:
            self.stop()
        answered = [
            replace(row, graph_response=response.response)
            for row, response in zip(rows, responses, strict=True)
        ]
        if served is None:
            if packed.precision is PackedPrecision.INT8:
                packed = replace(packed, reason=f"{packed.reason} {BY_WEIGHTS}")
            return PackResult(packed, answered, predictions)
        packed = replace(packed, evaluated=PackedEngine.ONNX)
        return PackResult(packed, answered, served)

    def _pack(
        self, predictions: Predictions, rows: Sequence[VerifiedRow]
    ) -> tuple[PackedModel, list[VerifiedRow]]:
        """Raises `NotExportedError`."""
        if self._process is None:
            raise NotExportedError(self._skip_reason)
        answer = _answer_of(self._process)
        if answer.manifest is None:
            raise NotExportedError(answer.reason)
        packed = self._packed_model(answer, answer.manifest.precision, predictions)
        measured = {
            "metric": packed.metric,
            "rows": packed.rows,
            **_weights_and_graphs(packed),
        }
        manifest = replace(answer.manifest, measured=measured)
        pack_graph(self._process.folder, manifest, self._request.model_dir)
        responses = self._ask(
            [row.request for row in rows], self._process.folder / FIRST_PREDICTIONS
        )
        say(
            f"Packed the graph: {packed.reason or packed.precision} ({answer.seconds:.1f} s)"
        )
        return packed, responses

    def _predictions_of_graph(self) -> Predictions | None:
        """Of all held-out rows, where the graph answers otherwise than the weights and was asked for all."""
        assert self._process is not None
        path = self._process.folder / ALL_PREDICTIONS
        if not path.is_file():
            return None
        predictions: Predictions = pickle.loads(path.read_bytes())
        return predictions

    def _packed_model(
        self, answer: GraphAnswer, precision: str, predictions: Predictions
    ) -> PackedModel:
        request = self._request
        indexes = spread(len(request.rows))
        weights = request.recipe.scorer.metrics(
            [predictions[index] for index in indexes],
            [request.rows[index] for index in indexes],
        )
        return PackedModel(
            engine=PackedEngine.ONNX,
            precision=PackedPrecision(precision),
            reason=answer.reason,
            metric=request.metric,
            rows=answer.rows,
            values=PackedMetrics(
                torch=weights[request.metric],
                float32=answer.values[FLOAT32],
                int8=answer.values.get(INT8),
            ),
            bytes=PackedBytes(
                torch=weights_bytes(request.model_dir),
                float32=answer.bytes[FLOAT32],
                int8=answer.bytes.get(INT8),
            ),
            seconds=round(answer.seconds, 2),
        )

    def _ask(
        self, requests: Sequence[Json], first_predictions: Path
    ) -> list[VerifiedRow]:
        """What the packed folder answers, served by the graph: the same as the graph itself.

        Raises `NotExportedError`.
        """
        recipe = self._request.recipe
        check = ServingCheck(
            self._request.model_dir, requests, recipe.task.name, engine="onnxruntime"
        )
        try:
            responses = check.rows()
            require_agreement(
                recipe, responses, pickle.loads(first_predictions.read_bytes())
            )
        except ServingError as error:
            raise NotExportedError(f"served by it, {error}") from None
        finally:
            check.stop()
        return responses

    def stop(self) -> None:
        if self._process:
            self._process.stop()


def _start(request: ExportRequest) -> SideProcess:
    say("A graph of the model is made in another process")
    return SideProcess(
        "export",
        ["-W", "ignore", "-m", "training.packaging.onnx_export", "--job"],
        asdict(request.for_process()),
        serving_environment() | {ServingVariable.BACKEND: "auto"},
        working_directory=SOURCE_ROOT,
        # Which ends the process when the job ends.
        holds_input=True,
    )


def _answer_of(process: SideProcess) -> GraphAnswer:
    """Raises `NotExportedError`."""
    try:
        process.wait(TIMEOUT_SECONDS)
    except TimedOutError:
        raise NotExportedError(
            f"it was not made within {TIMEOUT_SECONDS:.0f} s"
        ) from None
    except FailedError as error:
        raise NotExportedError(
            f"its process ended ({str(error)[:MAX_REASON_CHARACTERS]})"
        ) from None
    return GraphAnswer.read(process.read_answer())


def _weights_and_graphs(packed: PackedModel) -> dict[str, float]:
    """The metric by the weights and by each graph that was made."""
    assert packed.values is not None
    values: dict[str, float] = packed.values.write()
    return values


def _weights_alone(reason: str) -> PackedModel:
    return PackedModel(
        engine=PackedEngine.TORCH, precision=PackedPrecision.FLOAT32, reason=reason
    )


_ON_INSTANCES = ("realtime", "async")
"""The deployment modes whose `instance_type` counts."""


def _served_on_gpu(deployment: Deployment) -> bool:
    instance_type = str(deployment.settings.get("instance_type", ""))
    return deployment.mode in _ON_INSTANCES and has_gpu(instance_type)


def skip_reason(request: ExportRequest) -> str:
    """Why no graph is to be made, as a clause; empty where one is."""
    task = request.recipe.task
    if request.spec.serving.engine == "torch":
        return "traindrop.yaml says serving.engine: torch"
    if request.recipe.trainer.graph is None:
        return f"a model of {task.name} writes texts, which torch serves"
    if request.spec.hooks:
        return "the drop's own code/inference.py answers"
    if _served_on_gpu(request.spec.deployment):
        return "the endpoint has a GPU, which torch uses"
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        return f"{' and '.join(missing)} {verb} not installed where it was trained"
    return ""
