from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inference.model.onnx_manifest import OnnxManifest
from tasks import get_task
from tasks.arguments import Arguments
from tests.unit.training.packaging.onnx_export.judged import LABELS, RECIPE, held_out, robust
from training.errors import ServingError
from training.packaging.onnx_export import export_job as runs
from training.packaging.onnx_export.export_job import ExportRun, Subject, unwanted
from training.packaging.packing import pack_code
from training.packaging.verification import requests_of
from training.recipes import recipe_of
from training.recipes.base import Predictions
from training.spec import Spec

ROWS = 20


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    """A packed model, and held-out rows of which it knows all."""
    model = robust(tmp_path / "model")
    pack_code(model)
    rows = held_out(model, ROWS)
    channel = tmp_path / "test"
    channel.mkdir()
    (channel / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return Subject(model, RECIPE, Spec(), LABELS, rows, channel, Arguments().all, "accuracy")


def asked(subject: Subject) -> tuple[Predictions, list[dict[str, Any]]]:
    """Predictions of the weights, which know all, and the verified rows."""
    predictions = [[-3.0, 3.0] if row["label"] == LABELS[1] else [3.0, -3.0] for row in subject.rows]
    rows = [{"request": request, "response": []} for request in requests_of(RECIPE, subject.rows)]
    return predictions, rows


def test_a_graph_is_made_measured_packed_and_asked(subject: Subject, capsys: pytest.CaptureFixture[str]) -> None:
    predictions, rows = asked(subject)
    found = ExportRun(subject).packed(predictions, rows)
    assert (found["engine"], found["precision"], found["rows"]) == ("onnxruntime", "int8", ROWS)
    assert found["values"] == {"torch": 1.0, "float32": 1.0, "int8": 1.0}
    assert found["bytes"]["torch"] == (subject.model_dir / "model.safetensors").stat().st_size
    graph = OnnxManifest.read(subject.model_dir)
    assert graph is not None
    assert graph.measured == {"metric": "accuracy", "rows": ROWS, **found["values"]}
    assert [row["graph_response"][0]["label"] for row in rows] == [row["label"] for row in subject.rows[:16]]
    said = "Packed the graph: int8: accuracy 1.0000 with int8, 1.0000 with float32, within the 0.005 that it may lose."
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_a_precision_that_is_asked_for_is_packed(precision: str, subject: Subject) -> None:
    run = ExportRun(replace(subject, spec=Spec(serving={"precision": precision})))
    found = run.packed(*asked(subject))
    assert found["precision"] == precision
    assert set(found["values"]) == {"torch", "float32", *([precision] if precision == "int8" else [])}


def test_a_process_that_ends_leaves_the_weights_alone(subject: Subject, capsys: pytest.CaptureFixture[str]) -> None:
    run = ExportRun(replace(subject, test=subject.test / "none"))
    predictions, rows = asked(subject)
    found = run.packed(predictions, rows)
    reason = (
        "There is no graph: its process ended (training.errors.DataError: expected rows.jsonl in the channel 'none'"
    )
    assert (found["engine"], found["reason"][: len(reason)]) == ("torch", reason)
    assert not (subject.model_dir / "onnx").exists()
    assert "graph_response" not in rows[0]
    assert "There is no graph of the model: its process ended" in capsys.readouterr().out


def test_a_graph_that_is_served_otherwise_than_it_answers_is_taken_out_again(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def otherwise(*_: Any) -> None:
        raise ServingError("the packed model answers otherwise than the trained one: held-out row 1 is wrong.")

    monkeypatch.setattr(runs, "compare", otherwise)
    found = ExportRun(subject).packed(*asked(subject))
    assert found["reason"] == (
        "There is no graph: served by it, the packed model answers otherwise than the trained one: "
        "held-out row 1 is wrong."
    )
    assert not (subject.model_dir / "onnx").exists()


def without(monkeypatch: pytest.MonkeyPatch, names: Sequence[str]) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(runs, "find_spec", lambda name: None if name in names else find(name))


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["onnx"], "onnx is not installed where it was trained"),
        (["onnx", "onnxruntime"], "onnx and onnxruntime are not installed where it was trained"),
    ],
)
def test_without_the_packages_the_weights_are_served(
    names: list[str], reason: str, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, names)
    found = ExportRun(subject).packed(*asked(subject))
    assert found == {"engine": "torch", "precision": "float32", "reason": f"There is no graph: {reason}."}


def test_no_graph_is_made_where_none_is_wanted_or_can_be(subject: Subject) -> None:
    assert unwanted(subject) == ""
    by_torch = replace(subject, spec=Spec(serving={"engine": "torch"}))
    assert unwanted(by_torch) == "traindrop.yaml says serving.engine: torch"
    hooks = replace(subject, spec=Spec(hooks=("predict_fn",)))
    assert unwanted(hooks) == "the drop's own code/inference.py answers"
    writer = replace(subject, recipe=recipe_of(get_task("summarization")))
    assert unwanted(writer) == "a model of summarization writes texts, which torch serves"
