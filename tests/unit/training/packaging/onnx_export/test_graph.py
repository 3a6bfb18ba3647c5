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
from tests.unit.training.packaging.onnx_export.encoders import (
    ARCHITECTURES,
    HEADS,
    build,
)
from training.packaging.onnx_export import graph as graphs
from training.packaging.onnx_export.errors import NotExportedError
from training.packaging.onnx_export.graph import Graph, float_graph, load_tokenizer
from training.packaging.onnx_export.int8 import quantized
from training.recipes import recipe_of
from training.recipes.base import GraphInterface

TEXTS = (
    "a good film",
    "bad " * 100,
    "the plot of this film was very dull and it is poor",
    "fine",
    "",
    "scene " * 40,
)
TASK_OF = {task.family: task.name for task in TASKS.values()}


def interface_of(family: str) -> GraphInterface:
    interface = recipe_of(TASKS[TASK_OF[family]], ()).trainer.graph
    assert interface is not None
    return interface


def made(model_dir: Path, folder: Path, family: str = "text_classification") -> Graph:
    return float_graph(model_dir, TASK_OF[family], interface_of(family), folder)


def answers(model: Any, tokenizer: Any, family: str, limit: int | None) -> list[Any]:
    """As the predictors ask."""
    rows = Tokens(tokenizer, limit).rows([Text(text) for text in TEXTS])
    outputs = interface_of(family).outputs
    if family == "text_classification":
        return [
            values
            for _, values in sorted(
                per_text(model, tokenizer, rows, *outputs), key=lambda item: item[0]
            )
        ]
    result = dict(per_token(model, tokenizer, rows, outputs))
    return [values for index in range(len(TEXTS)) for values in result[index]]


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("family", list(HEADS))
def test_a_graph_of_every_family_answers_ragged_rows_as_the_weights_do(
    family: str, side: str, tmp_path: Path
) -> None:
    model_dir = build(tmp_path / "model", family=family, side=side)
    graph = made(model_dir, tmp_path / "made", family)
    model, tokenizer = load_pretrained(model_dir, interface_of(family).auto_class)
    assert graph.manifest.inputs == ["input_ids", "token_type_ids", "attention_mask"]
    assert graph.manifest.outputs == list(interface_of(family).outputs)
    assert (graph.manifest.token_limit, graph.manifest.precision) == (64, "float32")
    expected = answers(model, tokenizer, family, 64)
    result = answers(graph.model, load_tokenizer(model_dir, graph.manifest), family, 64)
    for one, other in zip(expected, result, strict=True):
        np.testing.assert_allclose(other, one, atol=1e-4)


@pytest.mark.parametrize("architecture", list(ARCHITECTURES))
def test_architectures_of_other_kinds_have_graphs_too(
    architecture: str, tmp_path: Path
) -> None:
    model_dir = build(tmp_path / "model", architecture)
    graph = made(model_dir, tmp_path / "made")
    model, tokenizer = load_pretrained(
        model_dir, interface_of("text_classification").auto_class
    )
    expected = answers(
        model, tokenizer, "text_classification", graph.manifest.token_limit
    )
    result = answers(
        graph.model,
        load_tokenizer(model_dir, graph.manifest),
        "text_classification",
        graph.manifest.token_limit,
    )
    np.testing.assert_allclose(result, expected, atol=1e-4)


def test_an_input_that_the_model_never_uses_is_none_of_the_graphs(
    tmp_path: Path,
) -> None:
    model_dir = build(tmp_path / "model", "deberta")
    assert made(model_dir, tmp_path / "made").manifest.inputs == [
        "input_ids",
        "attention_mask",
    ]


def test_a_graph_that_answers_otherwise_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_a_model_that_cannot_be_traced_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "OPSET", 3)
    with pytest.raises(NotExportedError, match=r"^it cannot be traced \(\w+: .*\)$"):
        made(build(tmp_path / "model"), tmp_path / "made")


def test_weights_that_no_graph_can_hold_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "MAX_WEIGHT_BYTES", 1000)
    with pytest.raises(NotExportedError) as refused:
        made(build(tmp_path / "model"), tmp_path / "made")
    assert (
        str(refused.value)
        == "its weights are larger than the 0.0 GB that a graph can hold"
    )


def test_int8_is_smaller_and_nearly_the_same(tmp_path: Path) -> None:
    model_dir = build(tmp_path / "model")
    graph = made(model_dir, tmp_path / "made")
    small = quantized(graph)
    assert small.path.name == "model.int8.onnx"
    assert (small.manifest.precision, small.manifest.inputs) == (
        "int8",
        graph.manifest.inputs,
    )
    assert small.bytes < graph.bytes
    tokenizer = load_tokenizer(model_dir, graph.manifest)
    one, other = (
        np.stack(answers(item.model, tokenizer, "text_classification", 64))
        for item in (graph, small)
    )
    assert 0 < np.abs(one - other).max() < 0.5


def test_a_graph_that_cannot_be_had_in_int8_is_refused(tmp_path: Path) -> None:
    graph = made(build(tmp_path / "model"), tmp_path / "made")
    shutil.copyfile(graph.folder / "config.json", graph.path)
    with pytest.raises(
        NotExportedError, match=r"^it cannot be had in int8 \(\w+: .*\)$"
    ):
        quantized(graph)
