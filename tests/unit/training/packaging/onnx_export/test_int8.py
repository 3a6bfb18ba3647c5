from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import onnx
import pytest

from inference.predictors.batches import per_text, per_token
from inference.predictors.tokens import Text, TokenRow, Tokens
from tests.unit.training.packaging.onnx_export.encoders import ARCHITECTURES, build
from tests.unit.training.packaging.onnx_export.test_graph import TEXTS, made
from training.packaging.onnx_export.graph import Graph, load_tokenizer
from training.packaging.onnx_export.int8 import quantized

ROUNDING = 2e-3
"""What sums in another order change, where a value lies between two steps of int8."""


def int8_graph(folder: Path, architecture: str, family: str, side: str) -> Graph:
    model_dir = build(folder / "model", architecture, family, side)
    return quantized(made(model_dir, folder, family))


def logits(graph: Graph, rows: list[TokenRow], folder: Path) -> list[np.ndarray]:
    tokenizer = load_tokenizer(folder / "model", graph.manifest)
    outputs = graph.manifest.outputs
    if outputs == ["logits"]:
        answers = dict(per_text(graph.model, tokenizer, rows, *outputs))
        return [answers[index] for index in range(len(rows))]
    of_tokens = dict(per_token(graph.model, tokenizer, rows, outputs))
    return [of_tokens[index][0] for index in range(len(rows))]


def require_alike(graph: Graph, folder: Path) -> None:
    """Whether each text is answered alone as among the others."""
    tokenizer = load_tokenizer(folder / "model", graph.manifest)
    rows = Tokens(tokenizer, graph.manifest.token_limit).rows(
        [Text(text) for text in TEXTS]
    )
    together = logits(graph, rows, folder)
    for row, among_others in zip(rows, together, strict=True):
        alone = logits(graph, [row], folder)[0]
        assert alone == pytest.approx(among_others, abs=ROUNDING)


@pytest.mark.parametrize(
    ("architecture", "side"),
    [*product(ARCHITECTURES, ("right",)), ("bert", "left")],
)
def test_a_text_is_answered_alike_alone_and_among_others(
    architecture: str, side: str, tmp_path: Path
) -> None:
    graph = int8_graph(tmp_path, architecture, "text_classification", side)
    require_alike(graph, tmp_path)


def test_tokens_are_answered_alike_alone_and_among_others(tmp_path: Path) -> None:
    graph = int8_graph(tmp_path, "bert", "question_answering", "right")
    require_alike(graph, tmp_path)


def test_the_graph_has_standard_operators_and_none_that_looks_at_the_whole_batch(
    tmp_path: Path,
) -> None:
    graph = int8_graph(tmp_path, "bert", "text_classification", "right")
    model = onnx.load(str(graph.path))
    onnx.checker.check_model(model)
    assert {opset.domain for opset in model.opset_import} <= {"", "ai.onnx"}
    operators = {node.op_type for node in model.graph.node}
    assert "MatMulInteger" in operators
    assert "DynamicQuantizeLinear" not in operators
    assert graph.bytes < graph.path.with_name("model.onnx").stat().st_size
