"""An archive with a graph in a Python of what the serving image holds, which has no ONNX Runtime."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from inference.model.onnx_manifest import MANIFEST, OnnxManifest
from inference.model.packed_runtime import PACKAGES_FOLDER, build_tag
from localcloud.sagemaker.common.manifests import read_manifest
from localcloud.sagemaker.common.package_views import PackageViews
from tests.tiny_model import build
from tests.unit.inference.model_folder import ROOT
from training.packaging.onnx_export.__main__ import main as export

ANSWER = """
import json, sys
from pathlib import Path
from inference.archive import load
service = load(Path(sys.argv[1]), dedicated=True)
print(len(json.loads(service.invoke(json.dumps({"inputs": "a good film"}).encode()))))
runtime = sys.modules.get("onnxruntime")
print(runtime.__file__ if runtime else "")
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    manifest = read_manifest("huggingface-pytorch-inference")
    assert manifest is not None
    return PackageViews(tmp_path_factory.mktemp("views")).find(manifest.packages)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = build(tmp_path / "model")
    assert export([str(folder), "--precision", "float32"]) == 0
    return folder


def runtime(python: Path, model: Path) -> str:
    """The file of the ONNX Runtime that answers, below the model folder; empty where torch does."""
    done = subprocess.run(
        [str(python), "-c", ANSWER, str(model)],
        cwd=ROOT,
        env={"HF_TASK": "feature-extraction"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows, path = done.stdout.splitlines()
    assert int(rows) > 0
    return path.removeprefix(f"{model}/")


def test_the_packed_runtime_answers_where_the_image_has_none(
    python: Path, model: Path
) -> None:
    assert runtime(python, model) == f"{PACKAGES_FOLDER}/onnxruntime/__init__.py"


@pytest.mark.slow
def test_a_runtime_that_was_built_for_another_python_is_not_used(
    python: Path, model: Path
) -> None:
    manifest = OnnxManifest.read(model)
    assert manifest is not None
    assert manifest.runtime == build_tag()
    document = json.loads((model / MANIFEST).read_text())
    (model / MANIFEST).write_text(
        json.dumps(document | {"runtime": "cpython-39-aarch64"})
    )
    assert runtime(python, model) == ""


def test_a_runtime_that_cannot_be_loaded_leaves_it_to_torch(
    python: Path, model: Path
) -> None:
    for library in (model / PACKAGES_FOLDER).rglob("*pybind11_state*"):
        library.write_bytes(b"for another machine")
    assert runtime(python, model) == ""
