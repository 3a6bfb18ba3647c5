from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.evaluation import (
    PackedEngine,
    PackedMetrics,
    PackedModel,
    PackedPrecision,
)
from contracts.spec import Deployment, Serving, Spec
from contracts.verification import VerifiedRow
from inference.model.onnx_manifest import OnnxManifest
from tasks import get_task
from tasks.hyperparameters import Hyperparameters
from tests.unit.training.packaging.onnx_export.judged import (
    LABELS,
    RECIPE,
    held_out,
    robust,
)
from training.common.errors import ServingError
from training.packaging.onnx_export import export_job as jobs
from training.packaging.onnx_export.export_job import (
    ExportJob,
    ExportRequest,
    skip_reason,
)
from training.packaging.packing import pack_code
from training.packaging.verification import verification_requests
from training.recipes import recipe_of
from training.recipes.base import Predictions

ROWS = 20


@pytest.fixture
def subject(tmp_path: Path) -> ExportRequest:
    """A packed model, and held-out rows of which it knows all."""
    model = robust(tmp_path / "model")
    pack_code(model)
    rows = held_out(model, ROWS)
    channel = tmp_path / "test"
    channel.mkdir()
    (channel / "rows.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows), "utf-8"
    )
    return ExportRequest(
        model, RECIPE, Spec(), rows, channel, Hyperparameters().all, "accuracy"
    )


def judged(subject: ExportRequest) -> tuple[Predictions, list[VerifiedRow]]:
    """Predictions of the weights, which know all, and the verified rows."""
    predictions = [
        [-3.0, 3.0] if row["label"] == LABELS[1] else [3.0, -3.0]
        for row in subject.rows
    ]
    requests = verification_requests(RECIPE.served, subject.rows)
    return predictions, [
        VerifiedRow(request=request, response=[]) for request in requests
    ]


def test_a_graph_is_made_measured_packed_and_asked(
    subject: ExportRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    packed, rows, served = ExportJob(subject).pack(*judged(subject))
    assert (packed.engine, packed.precision, packed.rows) == (
        PackedEngine.ONNX,
        PackedPrecision.INT8,
        ROWS,
    )
    assert packed.values == PackedMetrics(torch=1.0, float32=1.0, int8=1.0)
    assert packed.evaluated is PackedEngine.ONNX
    assert len(served) == ROWS
    assert RECIPE.scorer.metrics(served, subject.rows)["accuracy"] == 1.0
    assert packed.bytes is not None
    assert (
        packed.bytes.torch == (subject.model_dir / "model.safetensors").stat().st_size
    )
    graph = OnnxManifest.read(subject.model_dir)
    assert graph is not None
    values = {"torch": 1.0, "float32": 1.0, "int8": 1.0}
    assert graph.measured == {"metric": "accuracy", "rows": ROWS, **values}
    assert [row.graph_response[0]["label"] for row in rows] == [
        row["label"] for row in subject.rows[:16]
    ]
    line = "Packed the graph: int8: accuracy 1.0000 with int8, 1.0000 with float32, within the 0.005 that it may lose."
    assert line in capsys.readouterr().out


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_a_precision_that_is_asked_for_is_packed(
    precision: str, subject: ExportRequest
) -> None:
    job = ExportJob(replace(subject, spec=Spec(serving=Serving(precision=precision))))
    packed, *_ = job.pack(*judged(subject))
    assert packed.precision == precision
    assert packed.values is not None
    assert (packed.values.int8 is not None) == (precision == "int8")
    assert (packed.evaluated is PackedEngine.ONNX) == (precision == "int8")


def test_a_process_that_ends_leaves_the_weights_alone(
    subject: ExportRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    job = ExportJob(replace(subject, test=subject.test / "none"))
    predictions, rows = judged(subject)
    packed, same_rows, same = job.pack(predictions, rows)
    reason = (
        "There is no graph: its process ended "
        "(training.common.errors.DataError: expected rows.jsonl in the channel 'none'"
    )
    assert packed.engine is PackedEngine.TORCH
    assert packed.reason.startswith(reason)
    assert not (subject.model_dir / "onnx").exists()
    assert same_rows == rows
    assert same is predictions
    assert (
        "There is no graph of the model: its process ended" in capsys.readouterr().out
    )


def test_a_graph_that_is_served_otherwise_than_it_answers_is_taken_out_again(
    subject: ExportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ServingError(
            "the packed model answers otherwise than the trained one: held-out row 1 is wrong."
        )

    monkeypatch.setattr(jobs, "require_agreement", refuse)
    predictions, rows = judged(subject)
    packed, same_rows, same = ExportJob(subject).pack(predictions, rows)
    assert packed.reason == (
        "There is no graph: served by it, the packed model answers otherwise than the trained one: "
        "held-out row 1 is wrong."
    )
    assert same_rows == rows
    assert same is predictions
    assert not (subject.model_dir / "onnx").exists()


def test_a_graph_that_takes_too_long_is_given_up(
    subject: ExportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "TIMEOUT_SECONDS", 0.1)
    packed, *_ = ExportJob(subject).pack(*judged(subject))
    assert packed.reason == "There is no graph: it was not made within 0 s."


def without(monkeypatch: pytest.MonkeyPatch, names: Sequence[str]) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        jobs, "find_spec", lambda name: None if name in names else find(name)
    )


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["onnx"], "onnx is not installed where it was trained"),
        (
            ["onnx", "onnxruntime"],
            "onnx and onnxruntime are not installed where it was trained",
        ),
    ],
)
def test_without_the_packages_the_weights_are_served(
    names: list[str],
    reason: str,
    subject: ExportRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without(monkeypatch, names)
    packed, *_ = ExportJob(subject).pack(*judged(subject))
    assert packed == PackedModel(
        engine=PackedEngine.TORCH,
        precision=PackedPrecision.FLOAT32,
        reason=f"There is no graph: {reason}.",
    )


def test_no_graph_is_made_where_none_is_wanted_or_can_be(
    subject: ExportRequest,
) -> None:
    assert skip_reason(subject) == ""
    by_torch = replace(subject, spec=Spec(serving=Serving(engine="torch")))
    assert skip_reason(by_torch) == "traindrop.yaml says serving.engine: torch"
    hooks = replace(subject, spec=Spec(hooks=("predict_fn",)))
    assert skip_reason(hooks) == "the drop's own code/inference.py answers"
    writer = replace(subject, recipe=recipe_of(get_task("summarization"), ()))
    assert (
        skip_reason(writer)
        == "a model of summarization writes texts, which torch serves"
    )


@pytest.mark.parametrize(
    ("mode", "instance_type", "made"),
    [
        ("realtime", "ml.g5.xlarge", False),
        ("realtime", "ml.m5.xlarge", True),
        ("serverless", "ml.g5.xlarge", True),
    ],
)
def test_no_graph_is_made_for_an_endpoint_with_a_gpu(
    mode: str, instance_type: str, made: bool, subject: ExportRequest
) -> None:
    deployment = Deployment(mode=mode, extra={"instance_type": instance_type})
    reason = skip_reason(replace(subject, spec=Spec(deployment=deployment)))
    assert reason == ("" if made else "the endpoint has a GPU, which torch uses")
