"""An exported graph in the place of the weights: ONNX Runtime, which starts sooner and runs faster on a CPU than torch.

It is called as a torch model is, with arrays for tensors, and answers with arrays.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from contracts.environment import ServingVariable
from tasks import find_task

from ..model.environment import AUTO, ONNXRUNTIME, TORCH
from ..model.hardware import gpu_count, has_int8_instructions, thread_count
from ..model.onnx_manifest import INT8, OnnxManifest
from ..model.packed_runtime import has_runtime
from ..protocols.errors import ArchiveError

if TYPE_CHECKING:
    from .interfaces import Tensor

logger = logging.getLogger(__name__)

LOG_ERRORS = 3
"""ONNX Runtime's level of log lines: errors, no warnings."""


def find_graph(
    model_dir: Path, backend: str, family: str | None = None
) -> OnnxManifest | None:
    """The graph to serve by; None where torch serves. Raises `ArchiveError` where `backend` asks for a missing graph.

    `family` is that of the task to be served: a model's graph for another one has other outputs.
    """
    manifest = OnnxManifest.read(model_dir) if backend != TORCH else None
    reason = _unusable(model_dir, manifest, family)
    if reason is None and backend == AUTO:
        reason = _slower(manifest)
    if backend == ONNXRUNTIME and reason:
        raise ArchiveError(
            f"expected a graph for ONNX Runtime, as {ServingVariable.BACKEND} says; {reason}. Set it to auto or torch."
        )
    if manifest and reason:
        logger.info("served by torch: %s", reason)
    return None if reason else manifest


def _unusable(
    model_dir: Path, manifest: OnnxManifest | None, family: str | None
) -> str | None:
    """Why there is no graph that could serve, or None."""
    if manifest is None:
        return f"found none in {model_dir}"
    if family and find_task(manifest.task).family != family:
        return f"found one for {manifest.task}"
    if not has_runtime(model_dir, manifest):
        return "found onnxruntime neither installed nor packed for this Python"
    if not manifest.path(model_dir).is_file():
        return f"found no {manifest.path(model_dir)}"
    return None


def _slower(manifest: OnnxManifest | None) -> str | None:
    """Why torch is the better choice here, or None."""
    if gpu_count():
        return "found a GPU, which torch uses"
    if manifest and manifest.precision == INT8 and not has_int8_instructions():
        return "found an int8 graph, for which this CPU has no instructions"
    return None


class OnnxModel:
    """`config` holds what `config.json` says, with the labels under whole numbers as transformers has them."""

    device = None

    def __init__(self, model_dir: Path, manifest: OnnxManifest) -> None:
        import onnxruntime  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = thread_count()
        options.log_severity_level = LOG_ERRORS
        # A thread that spins while it waits takes the core from the server's other processes.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        path = str(manifest.path(model_dir))
        self._session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        self._outputs = list(manifest.outputs)
        self.config = _read_config(model_dir)

    def __call__(self, **columns: Tensor) -> SimpleNamespace:
        """The graph's outputs, arrays of shape (rows, …), under their names."""
        values = self._session.run(self._outputs, columns)
        return SimpleNamespace(**dict(zip(self._outputs, values, strict=True)))


def _read_config(model_dir: Path) -> SimpleNamespace:
    config = json.loads((model_dir / "config.json").read_text("utf-8"))
    labels = config.get("id2label") or {0: "LABEL_0", 1: "LABEL_1"}
    names = {int(number): label for number, label in labels.items()}
    # Every graph has a mask, so that filler harms nothing, whatever stands in for it.
    fixed = {
        "id2label": names,
        "num_labels": len(names),
        "max_position_embeddings": None,
        "pad_token_id": 0,
    }
    return SimpleNamespace(**{"problem_type": None, **config, **fixed})
