from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from inference.predictors.batches import per_text, per_token
from inference.predictors.models import load_pretrained
from inference.predictors.tokens import Text, Tokens
from tasks import TASKS
from tests.unit.training.packaging.onnx_export.encoders import ARCHITECTURES, HEADS, build
from training.packaging.onnx_export import graph as graphs
from training.packaging.onnx_export.errors import NotExportedError
from training.packaging.onnx_export.families import FAMILIES
from training.packaging.onnx_export.graph import Graph, float_graph, tokenizer_of
from training.packaging.onnx_export.int8 import quantized

TEXTS = ("a good film", "bad " * 100, "the plot of this film was very dull and it is poor", "fine", "", "scene " * 40)
TASK_OF = {task.family: task.name for task in TASKS.values()}


def made(model_dir: Path, folder: Path, family: str = "text_classification") -> Graph:
    return float_graph(model_dir, TASK_OF[family], FAMILIES[family], folder)


def answers(model: Any, tokenizer: Any, family: str, limit: int | None) -> list[Any]:
    """As the predictors ask."""
    rows = Tokens(tokenizer, limit).rows([Text(text) for text in TEXTS])
    outputs = FAMILIES[family].outputs
    if family == "text_classification":
        return [values for _, values in sorted(per_text(model, tokenizer, rows, *outputs), key=lambda each: each[0])]
    found = dict(per_token(model, tokenizer, rows, outputs))
    return [values for index in range(len(TEXTS)) for values in found[index]]


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("family", list(HEADS))
def test_a_graph_of_every_family_answers_ragged_rows_as_the_weights_do(family: str, side: str, tmp_path: Path) -> None:
    model_dir = build(tmp_path / "model", family=family, side=side)
    graph = made(model_dir, tmp_path / "made", family)
    model, tokenizer = load_pretrained(model_dir, FAMILIES[family].auto_class)
    assert graph.exported.inputs == ["input_ids", "token_type_ids", "attention_mask"]
    assert graph.exported.outputs == list(FAMILIES[family].outputs)
    assert (graph.exported.token_limit, graph.exported.precision) == (64, "float32")
    expected = answers(model, tokenizer, family, 64)
    found = answers(graph.model, tokenizer_of(model_dir, graph.exported), family, 64)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(other, one, atol=1e-4)


@pytest.mark.parametrize("architecture", list(ARCHITECTURES))
def test_architectures_of_other_kinds_have_graphs_too(architecture: str, tmp_path: Path) -> None:
    model_dir = build(tmp_path / "model", architecture)
    graph = made(model_dir, tmp_path / "made")
    model, tokenizer = load_pretrained(model_dir, FAMILIES["text_classification"].auto_class)
    expected = answers(model, tokenizer, "text_classification", graph.exported.token_limit)
    found = answers(
        graph.model,
        tokenizer_of(model_dir, graph.exported),
        "text_classification",
        graph.exported.token_limit,
    )
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_an_input_that_the_model_never_uses_is_none_of_the_graphs(tmp_path: Path) -> None:
    model_dir = build(tmp_path / "model", "deberta")
    assert made(model_dir, tmp_path / "made").exported.inputs == ["input_ids", "attention_mask"]


def test_a_graph_that_answers_otherwise_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = graphs.trace

    def damaged(model: Any, *others: Any) -> None:
        bias = model.classifier.bias.detach().clone()
        with torch.no_grad():
            model.classifier.bias += 0.01
        trace(model, *others)
        with torch.no_grad():
            model.classifier.bias.copy_(bias)

    monkeypatch.setattr(graphs, "trace", damaged)
    with pytest.raises(NotExportedError) as refused:
        made(build(tmp_path / "model"), tmp_path / "made")
    assert str(refused.value).startswith("its logits differ by 0.0")
    assert str(refused.value).endswith(" from those of the weights (1 x 64 tokens)")


def test_a_model_that_cannot_be_traced_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "OPSET", 3)
    with pytest.raises(NotExportedError, match=r"^it cannot be traced \(\w+: .*\)$"):
        made(build(tmp_path / "model"), tmp_path / "made")


def test_weights_that_no_graph_can_hold_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "MOST_BYTES", 1000)
    with pytest.raises(NotExportedError) as refused:
        made(build(tmp_path / "model"), tmp_path / "made")
    assert str(refused.value) == "its weights are larger than the 0.0 GB that a graph can hold"


def test_int8_is_smaller_and_nearly_the_same(tmp_path: Path) -> None:
    model_dir = build(tmp_path / "model")
    graph = made(model_dir, tmp_path / "made")
    small = quantized(graph)
    assert small.exported.path(small.folder).name == "model.int8.onnx"
    assert (small.exported.precision, small.exported.inputs) == ("int8", graph.exported.inputs)
    assert small.bytes < graph.bytes
    tokenizer = tokenizer_of(model_dir, graph.exported)
    one, other = (np.stack(answers(each.model, tokenizer, "text_classification", 64)) for each in (graph, small))
    assert 0 < np.abs(one - other).max() < 0.5


def test_a_graph_that_cannot_be_had_in_int8_is_refused(tmp_path: Path) -> None:
    graph = made(build(tmp_path / "model"), tmp_path / "made")
    shutil.copyfile(graph.folder / "config.json", graph.exported.path(graph.folder))
    with pytest.raises(NotExportedError, match=r"^it cannot be had in int8 \(\w+: .*\)$"):
        quantized(graph)
