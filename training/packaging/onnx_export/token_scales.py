"""Gives each token of a quantized graph a scale of its own, so that no row's answer depends on the rows beside it.

ONNX Runtime's quantizer scales an activation by the largest number of the whole batch (`DynamicQuantizeLinear`). Here
each vector of the last axis has its own scale, the largest of its magnitudes divided by 127, as LLM.int8()
(arXiv:2208.07339) does. `tokens` below are such vectors.

    before:  q, s, z = DynamicQuantizeLinear(x);    y = Cast(MatMulInteger(q, W, z)) * (s * w)
    after:   s = max |x| / 127;  q = x / s + 128;   y = Cast(MatMulInteger(q, W, 128)) * w * s
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto

BATCH_SCALE = "DynamicQuantizeLinear"
STEPS = 127
"""Of int8, on either side of zero."""
LEAST_SCALE = 1e-12
"""Of a token of zeros, which would be divided by zero."""


class UnknownPatternError(ValueError):
    """The quantizer has written something else than what is replaced here."""


@dataclass(frozen=True)
class _Product:
    """A product of an activation and a weight, as the quantizer writes it."""

    weight: str
    weight_zero: str
    weight_scale: str
    output: str
    nodes: tuple[NodeProto, ...]


def give_each_token_a_scale(path: Path) -> None:
    """Rewrites the graph of a file in place. Raises `UnknownPatternError`."""
    import onnx  # noqa: PLC0415

    model = onnx.load(str(path))
    _Rewriting(model.graph).run()
    standard = [
        opset for opset in model.opset_import if opset.domain in ("", "ai.onnx")
    ]
    del model.opset_import[:]
    model.opset_import.extend(standard)
    onnx.save(model, str(path))


class _Rewriting:
    """Of one graph."""

    def __init__(self, graph: GraphProto) -> None:
        from onnx import helper, numpy_helper  # noqa: PLC0415

        self._graph = graph
        self._make_node = helper.make_node
        self._from_array = numpy_helper.from_array
        self._to_array = numpy_helper.to_array
        self._constants = {value.name: value for value in graph.initializer}
        self._maker = {name: node for node in graph.node for name in node.output}
        self._readers: dict[str, list[NodeProto]] = defaultdict(list)
        for node in graph.node:
            for name in node.input:
                self._readers[name].append(node)

    def run(self) -> None:
        replaced: dict[str, list[NodeProto]] = {}
        gone: set[str] = set()
        self._add_constants()
        for node in self._graph.node:
            if node.op_type == BATCH_SCALE:
                replaced[node.output[0]] = self._quantization(node)
                for product in self._products(node):
                    replaced[product.output] = self._rescaled(node, product)
                    gone.update(made.output[0] for made in product.nodes)
        nodes: list[NodeProto] = []
        for node in self._graph.node:
            first = node.output[0]
            if first not in gone:
                nodes += replaced.pop(first, [node])
        del self._graph.node[:]
        self._graph.node.extend(nodes)

    def _add_constants(self) -> None:
        values = {
            "token_scale_least": np.float32(LEAST_SCALE),
            "token_scale_steps": np.float32(STEPS),
            "token_scale_one": np.float32(1),
            "token_scale_zero": np.uint8(STEPS + 1),
        }
        self._graph.initializer.extend(
            self._from_array(np.asarray(value), name) for name, value in values.items()
        )

    def _quantization(self, node: NodeProto) -> list[NodeProto]:
        """In the place of `DynamicQuantizeLinear`: the numbers under its own name, the scales of shape (…, 1)."""
        values, (numbers, scale) = node.input[0], node.output[:2]
        names = [
            f"{numbers}_{step}" for step in ("abs", "largest", "positive", "steps")
        ]
        make = self._make_node
        return [
            make("Abs", [values], [names[0]]),
            make("ReduceMax", [names[0]], [names[1]], axes=[-1], keepdims=1),
            make("Max", [names[1], "token_scale_least"], [names[2]]),
            make("Div", [names[2], "token_scale_steps"], [scale]),
            make("Div", [values, scale], [names[3]]),
            make(
                "QuantizeLinear",
                [names[3], "token_scale_one", "token_scale_zero"],
                [numbers],
            ),
        ]

    def _products(self, node: NodeProto) -> Iterable[_Product]:
        numbers, scale = node.output[:2]
        for product in self._readers[numbers]:
            if product.op_type != "MatMulInteger":
                raise UnknownPatternError(f"{product.op_type} of a scaled batch")
            cast = self._only_reader(product.output[0], "Cast")
            scaled = self._only_reader(cast.output[0], "Mul")
            scales = self._maker[_other(scaled, cast.output[0])]
            weight_scale = _other(scales, scale)
            yield _Product(
                product.input[1],
                product.input[3],
                weight_scale,
                scaled.output[0],
                (product, cast, scales),
            )

    def _only_reader(self, name: str, operator: str) -> NodeProto:
        readers = self._readers[name]
        if [reader.op_type for reader in readers] != [operator]:
            operators = ", ".join(reader.op_type for reader in readers) or "nothing"
            raise UnknownPatternError(f"{operators} instead of {operator}")
        return readers[0]

    def _rescaled(self, node: NodeProto, product: _Product) -> list[NodeProto]:
        numbers, scale = node.output[:2]
        names = [f"{product.output}_{step}" for step in ("sum", "float", "weighed")]
        factors = [numbers, product.weight, "token_scale_zero"]
        # Zeros would be subtracted at the price of a third of the product.
        if self._to_array(self._constants[product.weight_zero]).any():
            factors.append(product.weight_zero)
        make = self._make_node
        return [
            make("MatMulInteger", factors, [names[0]]),
            make("Cast", [names[0]], [names[1]], to=_float_type()),
            make("Mul", [names[1], product.weight_scale], [names[2]]),
            make("Mul", [names[2], scale], [product.output]),
        ]


def _float_type() -> int:
    from onnx import TensorProto  # noqa: PLC0415

    return int(TensorProto.FLOAT)


def _other(node: NodeProto, name: str) -> str:
    """The input of a node of two that is not `name`. Raises `UnknownPatternError`."""
    others = [value for value in node.input if value != name]
    if node.op_type != "Mul" or len(others) != 1:
        raise UnknownPatternError(f"{node.op_type} of {len(others)} values")
    return str(others[0])
