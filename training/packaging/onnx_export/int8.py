"""A float32 graph to one of whole numbers: a quarter of the size, twice as fast where the CPU multiplies such."""

from __future__ import annotations

from dataclasses import replace

from inference.model.onnx_manifest import FOLDER, INT8
from training.packaging.onnx_export.errors import NotExportedError
from training.packaging.onnx_export.graph import Graph

FILE = "model.int8.onnx"


def quantized(graph: Graph) -> Graph:
    """Beside the float32 graph. Raises `NotExportedError`."""
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

    try:
        quantize_dynamic(
            graph.exported.path(graph.folder),
            graph.folder / FOLDER / FILE,
            weight_type=QuantType.QInt8,
            per_channel=True,
            # Seven bits: sums never overflow where a CPU has no instruction for them, so that what is measured here
            # holds anywhere. It costs nothing that can be measured.
            reduce_range=True,
            extra_options={"MatMulConstBOnly": True},
        )
    except Exception as error:  # whatever a model's operators may bring
        raise NotExportedError(f"it cannot be had in int8 ({type(error).__name__}: {str(error)[:200]})") from error
    return replace(graph, exported=replace(graph.exported, file=FILE, precision=INT8))
