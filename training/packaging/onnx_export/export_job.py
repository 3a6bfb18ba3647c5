"""A graph made in a process of its own while the weights are judged, then packed, and asked through the server.

A process, because a tracer or an engine that crashes, or memory that runs out, must not take a good model with it.
"""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from inference.model.onnx_manifest import FOLDER, OnnxManifest
from tasks import Row
from training.errors import ServingError
from training.evaluation.evaluation import compared
from training.log import say
from training.packaging.onnx_export.errors import NotExportedError
from training.packaging.onnx_export.export_process import FIRST
from training.packaging.onnx_export.families import FAMILIES, PACKAGES
from training.packaging.onnx_export.graph import weights_bytes
from training.packaging.onnx_export.precision import sample
from training.packaging.packing import pack_graph
from training.packaging.verification import ROWS, ServingCheck, compare, serving_environment
from training.recipes.base import Predictions, Recipe
from training.spec import Spec

if TYPE_CHECKING:
    from training.job import Job

PATIENCE = 1800.0
ERRORS = "errors.txt"
MOST_LOST = 0.005
"""Half a point of a metric from 0 to 1."""
ROOT = Path(__file__).parents[3]

Serving = dict[str, Any]
"""`serving` of `evaluation.json`."""


@dataclass(frozen=True)
class Subject:
    """Whose graph it is, and what it is measured by."""

    model_dir: Path
    recipe: Recipe
    spec: Spec
    labels: Sequence[str]
    rows: Sequence[Row]
    test: Path
    """The channel of the held-out rows."""
    arguments: Mapping[str, Any]
    metric: str

    @classmethod
    def of(cls, job: Job, arguments: Mapping[str, Any]) -> Subject:
        """`arguments` as the model was trained with them."""
        metric, test = compared(job.recipe, job.spec), job.places.channel("test")
        return cls(job.places.model, job.recipe, job.spec, job.labels, job.test, test, arguments, metric)


class ExportRun:
    """Started after packing, asked after the weights are judged and checked."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._folder = Path(tempfile.mkdtemp(prefix="export-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._reason = unwanted(subject)
        if not self._reason:
            self._start()

    def _start(self) -> None:
        subject, task = self._subject, self._subject.recipe.task
        asked = {
            "model": str(subject.model_dir.resolve()),
            "task": task.name,
            "variant": task.variant,
            "labels": list(subject.labels),
            "rows": str(subject.test.resolve()),
            "first": ROWS,
            "arguments": dict(subject.arguments),
            "metric": subject.metric,
            "precision": subject.spec.serving.get("precision", "auto"),
            "max_metric_loss": subject.spec.serving.get("max_metric_loss", MOST_LOST),
        }
        (self._folder / "asked.json").write_text(json.dumps(asked), "utf-8")
        say("A graph of the model is made in another process")
        with (self._folder / ERRORS).open("wb") as errors:
            self._process = self._opened(errors)

    def _opened(self, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "training.packaging.onnx_export", "--asked", str(self._folder)],
            cwd=ROOT,
            # The graph is for CPUs, and the GPU is busy.
            env=serving_environment() | {"TRAINDROP_ENGINE": "auto"},
            # Held open: the process ends with the job that it is for.
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )

    def packed(self, predictions: Predictions, rows: list[dict[str, Any]]) -> Serving:
        """Packs the graph, if it is right; each of the verified rows then has its `graph_response` too."""
        try:
            if self._reason:
                raise NotExportedError(self._reason)
            found = self._found()
            serving = self._serving(found, predictions)
            self._pack(found, serving)
            self._ask(rows)
            say(f"Packed the graph: {serving['reason'] or serving['precision']} ({found['seconds']:.1f} s)")
            return serving
        except Exception as error:  # a good model is not thrown away for a graph of it
            shutil.rmtree(self._subject.model_dir / FOLDER, ignore_errors=True)
            reason = str(error) if isinstance(error, NotExportedError) else f"{type(error).__name__}: {error}"
            reason = reason.rstrip(".")
            say(f"There is no graph of the model: {reason}")
            return {"engine": "torch", "precision": "float32", "reason": f"There is no graph: {reason}."}
        finally:
            self.stop()

    def _found(self) -> dict[str, Any]:
        assert self._process is not None
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise NotExportedError(f"it was not made within {PATIENCE:.0f} s") from None
        if code:
            errors = (self._folder / ERRORS).read_text("utf-8", "replace").strip().splitlines()
            last = (errors or [f"exit code {code}"])[-1][:300]
            raise NotExportedError(f"its process ended ({last})")
        found: dict[str, Any] = json.loads((self._folder / "found.json").read_text("utf-8"))
        if "exported" not in found:
            raise NotExportedError(found["reason"])
        return found

    def _serving(self, found: Mapping[str, Any], predictions: Predictions) -> Serving:
        subject = self._subject
        places = sample(len(subject.rows))
        answers, rows = [predictions[at] for at in places], [subject.rows[at] for at in places]
        weights = subject.recipe.measure(answers, rows, subject.labels)[subject.metric]
        return {
            "engine": "onnxruntime",
            "precision": found["exported"]["precision"],
            "reason": found["reason"],
            "metric": subject.metric,
            "rows": found["rows"],
            "values": {"torch": weights, **found["values"]},
            "bytes": {"torch": weights_bytes(subject.model_dir), **found["bytes"]},
            "seconds": round(found["seconds"], 2),
        }

    def _pack(self, found: Mapping[str, Any], serving: Serving) -> None:
        measured = {"metric": serving["metric"], "rows": serving["rows"], **serving["values"]}
        pack_graph(self._folder, OnnxManifest(**{**found["exported"], "measured": measured}), self._subject.model_dir)

    def _ask(self, rows: list[dict[str, Any]]) -> None:
        """The packed folder, served by the graph, must answer as the graph itself does."""
        subject, requests = self._subject, [row["request"] for row in rows]
        check = ServingCheck(subject.model_dir, requests, subject.recipe.task.name, engine="onnxruntime")
        try:
            answers = check.rows()
            first = pickle.loads((self._folder / FIRST).read_bytes())
            compare(subject.recipe, answers, first, subject.labels)
        except ServingError as error:
            raise NotExportedError(f"served by it, {error}") from None
        finally:
            check.stop()
        for row, answer in zip(rows, answers, strict=True):
            row["graph_response"] = answer["response"]

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            assert self._process.stdin is not None
            self._process.stdin.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def unwanted(subject: Subject) -> str:
    """Why no graph is to be made, as a clause; empty where one is."""
    task = subject.recipe.task
    if subject.spec.serving.get("engine") == "torch":
        return "traindrop.yaml says serving.engine: torch"
    if task.family not in FAMILIES:
        return f"a model of {task.name} writes texts, which torch serves"
    if subject.spec.hooks:
        return "the drop's own code/inference.py answers"
    if missing := [name for name in PACKAGES if find_spec(name) is None]:
        return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed where it was trained"
    return ""
