from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from inference.archive import load
from inference.model.onnx_manifest import OnnxManifest
from tests.forkserver import python
from tests.tiny_models import build_t5
from tests.unit.training.packaging.onnx_export.encoders import build


def export(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [
        python(),
        "-W",
        "ignore",
        "-m",
        "training.packaging.onnx_export",
        str(folder),
        *more,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("precision", "file"), [("float32", "model.onnx"), ("int8", "model.int8.onnx")]
)
def test_a_finished_folder_is_given_a_graph_that_serves(
    precision: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build(tmp_path / "model")
    done = export(folder, "--precision", precision)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        rf"Packed onnx/{file}: 0 MB in \d+\.\d s, not measured\n", done.stdout
    )
    result = OnnxManifest.read(folder)
    assert result is not None
    assert (result.file, result.precision, result.measured) == (file, precision, {})
    assert {path.name for path in (folder / "onnx").iterdir()} == {
        file,
        "traindrop.json",
        "packages",
    }
    answers = []
    for engine in ("torch", "onnxruntime"):
        monkeypatch.setenv("TRAINDROP_ENGINE", engine)
        answers.append(json.loads(load(folder).invoke(b'{"inputs": "a good film"}'))[0])
    assert answers[0]["label"] == answers[1]["label"]
    assert answers[0]["score"] == pytest.approx(
        answers[1]["score"], abs=1e-4 if precision == "float32" else 0.2
    )


def test_a_model_that_writes_has_no_graph(tmp_path: Path) -> None:
    done = export(build_t5(tmp_path / "model"))
    sentence = "There is no graph: a model of text2text-generation writes texts, which torch serves\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", sentence)


def test_a_folder_that_holds_no_model_is_told(tmp_path: Path) -> None:
    done = export(tmp_path / "none")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        f"There is no graph: expected config.json at the top of {tmp_path / 'none'}"
    )
