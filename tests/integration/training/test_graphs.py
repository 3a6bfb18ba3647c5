"""Whole jobs that pack a graph beside the weights."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import fastjsonschema
import pytest

from contracts.evaluation import Evaluation, schema
from contracts.verification import Verification
from inference.model.onnx_manifest import OnnxManifest
from tests.integration.training.job import Job


def test_a_job_that_was_killed_while_its_graph_was_made_makes_it_again(
    tmp_path: Path,
) -> None:
    job = Job.prepare(tmp_path).wants_a_graph()
    (job.base / "model" / "onnx").mkdir(parents=True)
    (job.base / "model" / "onnx" / "traindrop.json").write_text("{}", "utf-8")
    first = job.start()
    assert first.stdout is not None
    for line in first.stdout:
        if "A graph of the model is made in another process" in line:
            first.send_signal(signal.SIGKILL)
            break
    assert first.wait(60) == -signal.SIGKILL
    first.communicate()
    assert not (job.base / "model" / "onnx").exists(), (
        "what lay there was of other weights"
    )
    second = job.run()
    assert (second.returncode, second.stderr) == (0, "")
    assert "Packed the graph: " in second.stdout
    graph, evaluation = (
        OnnxManifest.read(job.base / "model"),
        job.output("evaluation.json"),
    )
    fastjsonschema.validate(schema(), evaluation)
    assert Evaluation.read(evaluation).write() == evaluation
    assert graph is not None
    assert graph.path(job.base / "model").is_file()
    assert graph.measured["rows"] == evaluation["serving"]["rows"] == 24
    verification = job.output("verification.json")
    assert Verification.read(verification).write() == verification
    rows = verification["rows"]
    assert [row["graph_response"][0]["label"] for row in rows] == [
        row["response"][0]["label"] for row in rows
    ]
    for text in (
        (job.base / "model" / "README.md"),
        (job.base / "output" / "data" / "report.html"),
    ):
        assert "float32" in text.read_text("utf-8")


@pytest.mark.slow
def test_a_job_whose_graph_cannot_be_made_succeeds_and_says_why(tmp_path: Path) -> None:
    job = Job.prepare(tmp_path).wants_a_graph()
    (job.base / "code" / "onnx.py").write_text(
        "raise SystemExit('broken installation')\n", "utf-8"
    )
    done = job.run(interpreter=sys.executable)
    assert (done.returncode, done.stderr) == (0, "")
    reason = job.output("evaluation.json")["serving"]["reason"]
    assert reason.startswith(
        "There is no graph: its process ended (broken installation)"
    )
    assert not (job.base / "model" / "onnx").exists()
