"""A float32 graph to one of whole numbers: a quarter of the size, twice as fast where the CPU multiplies such.

A row's answer is the same whatever rows are beside it in a batch: see `token_scales`.
"""

from __future__ import annotations

from dataclasses import replace

from inference.model.onnx_manifest import FOLDER, INT8
from training.packaging.onnx_export.errors import NotExportedError
from training.packaging.onnx_export.graph import Graph
from training.packaging.onnx_export.token_scales import give_each_token_a_scale

FILE = "model.int8.onnx"
OPERATORS = ("MatMul", "Gather")
"""Products and look-ups: nearly all of the weights of an encoder."""
MAX_REASON_CHARACTERS = 200


def quantized(graph: Graph) -> Graph:
    """A graph beside the float32 graph. Raises `NotExportedError`."""
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

    path = graph.folder / FOLDER / FILE
    try:
        quantize_dynamic(
            graph.path,
            path,
            op_types_to_quantize=OPERATORS,
            weight_type=QuantType.QInt8,
            per_channel=True,
            # Seven bits: sums never overflow where a CPU has no instruction for them, so that what is measured here
            # holds anywhere. It costs nothing that can be measured.
            reduce_range=True,
            extra_options={"MatMulConstBOnly": True},
        )
        give_each_token_a_scale(path)
    except Exception as error:  # whatever a model's operators may raise
        message = str(error)[:MAX_REASON_CHARACTERS]
        raise NotExportedError(
            f"it cannot be had in int8 ({type(error).__name__}: {message})"
        ) from error
    return replace(graph, manifest=replace(graph.manifest, file=FILE, precision=INT8))
