"""Models served by an exported graph: the same answers as by the weights, without the libraries of the weights."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference.archive import load
from inference.model import hardware
from inference.model.environment import Environment
from inference.model.onnx_manifest import MANIFEST, OnnxManifest
from inference.protocols.errors import ArchiveError
from tests.tiny_model import build
from tests.tiny_models import (
    build_classifier,
    build_masked_bert,
    build_reader,
    build_tagger,
)
from tests.unit.inference.model_folder import ROOT, add_code
from training.packaging.onnx_export.__main__ import main as export

CONTEXT = {
    "question": "who is in the film",
    "context": "the plot of this film was very dull and it is poor " * 8,
}
FAMILIES: dict[str, tuple[Callable[[Path], Path], list[dict[str, Any]]]] = {
    "text-classification": (
        build_classifier,
        [{"inputs": ["a good film", "bad " * 90, "x"]}, {"inputs": "fine"}],
    ),
    "token-classification": (
        build_tagger,
        [{"inputs": ["a good film in the city", "bad"]}],
    ),
    "question-answering": (
        build_reader,
        [{"inputs": CONTEXT}, {"inputs": CONTEXT, "parameters": {"top_k": 3}}],
    ),
    "fill-mask": (
        build_masked_bert,
        [
            {"inputs": "a <mask> film"},
            {"inputs": ["a <mask>", "<mask> is <mask> good"]},
        ],
    ),
    "feature-extraction": (build, [{"inputs": ["a good film", "bad " * 30]}]),
}
ANSWER = """
import json, sys
from pathlib import Path
from inference.archive import load
service = load(Path(sys.argv[1]), dedicated=True)
service.invoke(json.dumps({"inputs": "a good film"}).encode())
print([name for name in ("torch", "transformers") if name in sys.modules])
"""


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = build_classifier(tmp_path_factory.mktemp("classifier"))
    assert export([str(folder), "--precision", "float32"]) == 0
    return folder


def near(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            near(one[key], other[key]) for key in one
        )
    if isinstance(one, list):
        return len(one) == len(other) and all(map(near, one, other))
    return bool(abs(one - other) < 1e-4 if isinstance(one, float) else one == other)


@pytest.mark.parametrize("task", list(FAMILIES))
def test_graph_answers_as_the_weights_do(
    task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, requests = FAMILIES[task]
    folder = make(tmp_path)
    monkeypatch.setenv("HF_TASK", task)
    assert export([str(folder), "--precision", "float32"]) == 0
    bodies = [json.dumps(request).encode() for request in requests]
    monkeypatch.setenv("TRAINDROP_ENGINE", "torch")
    expected = [json.loads(load(folder).invoke(body)) for body in bodies]
    monkeypatch.setenv("TRAINDROP_ENGINE", "onnxruntime")
    assert near([json.loads(load(folder).invoke(body)) for body in bodies], expected)


def test_neither_torch_nor_transformers_is_imported(classifier: Path) -> None:
    command = [sys.executable, "-c", ANSWER, str(classifier)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_tokenizer_that_cleans_up_spaces_is_left_to_transformers(
    classifier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in classifier.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(classifier)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    config = json.loads((tmp_path / "tokenizer_config.json").read_text("utf-8"))
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps(config | {"clean_up_tokenization_spaces": True})
    )
    body = b'{"inputs": "a good film"}'
    assert near(
        json.loads(load(tmp_path).invoke(body)),
        json.loads(load(classifier).invoke(body)),
    )


USING = """
def predict_fn(data, model):
    return [sorted(model.tokenizer(data['inputs'])), type(model.model).__module__.split('.')[0], model(data['inputs'])]
"""


def test_hooks_beside_a_graph_have_a_model_and_a_tokenizer_of_transformers(
    classifier: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(classifier, tmp_path / "model")
    body = b'{"inputs": "a good film"}'
    plain = json.loads(load(folder).invoke(body))
    columns, package, answer = json.loads(
        load(add_code(folder, inference=USING)).invoke(body)
    )
    assert {"input_ids", "attention_mask"} <= set(columns)
    assert package == "transformers"
    assert near(answer, plain)


def test_engine_that_was_asked_for_in_vain_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build_classifier(tmp_path)
    monkeypatch.setenv("TRAINDROP_ENGINE", "onnxruntime")
    with pytest.raises(ArchiveError) as caught:
        load(folder)
    assert str(caught.value) == (
        f"expected a graph for ONNX Runtime, as TRAINDROP_ENGINE says; found none in {folder}. Set it to auto or torch."
    )


def test_graph_of_another_task_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build_masked_bert(tmp_path)
    monkeypatch.setenv("HF_TASK", "feature-extraction")
    expected = load(folder).invoke(b'{"inputs": "a good film"}')
    assert export([str(folder), "--precision", "float32"]) == 0
    assert load(folder).invoke(b'{"inputs": "a good film"}') == expected


def test_int8_is_left_to_cpus_that_multiply_it(
    classifier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inference.predictors.onnx_model import find_graph  # noqa: PLC0415

    result = OnnxManifest.read(classifier)
    assert result is not None
    (classifier / MANIFEST).write_text(
        json.dumps(dataclasses.asdict(dataclasses.replace(result, precision="int8")))
    )
    try:
        for flags, used in (("avx2 avx512_vnni", True), ("avx2", False)):
            (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags\t: fpu {flags}\n")
            monkeypatch.setattr(hardware, "CPU_INFO", tmp_path / "cpuinfo")
            assert (find_graph(classifier, "auto") is not None) is used
            # Where it is asked for, as the job asks that made it, it only is slower.
            assert find_graph(classifier, "onnxruntime") is not None
    finally:
        result.write(classifier)


def test_gpu_is_left_to_torch(
    classifier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inference.predictors.onnx_model import find_graph  # noqa: PLC0415

    (tmp_path / "0000:00:1e.0").mkdir()
    monkeypatch.setattr(hardware, "GPU_FOLDERS", tmp_path)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert (hardware.gpu_count(), find_graph(classifier, "auto")) == (1, None)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert hardware.gpu_count() == 0
    assert find_graph(classifier, "auto") is not None


def test_unknown_engine_is_an_error() -> None:
    with pytest.raises(ArchiveError) as caught:
        Environment.read({"TRAINDROP_ENGINE": "onnx"})
    assert str(caught.value) == (
        "expected TRAINDROP_ENGINE to be one of auto, torch, onnxruntime; found 'onnx'. Correct or unset it."
    )
