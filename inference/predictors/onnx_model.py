"""An exported graph in the place of the weights: ONNX Runtime, which starts sooner and runs faster on a CPU than torch.

It is called as a torch model is, with arrays for tensors, and answers with arrays.
"""

from __future__ import annotations

import json
import logging
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tasks import find_task

from ..errors import ArchiveError
from ..model.hardware import gpus, multiplies_int8, threads
from ..model.onnx_manifest import INT8, Exported

logger = logging.getLogger(__name__)


def exported(model_dir: Path, engine: str, family: str | None = None) -> Exported | None:
    """The graph to serve by; None where it is torch's turn. Raises `ArchiveError` where `engine` asks in vain.

    `family` is that of the task to be served: a model's graph for another one has other outputs.
    """
    found = Exported.read(model_dir) if engine != "torch" else None
    reason = _against(model_dir, found, family) or (_slower(found) if engine == "auto" else None)
    if engine == "onnxruntime" and reason:
        raise ArchiveError(
            f"expected a graph for ONNX Runtime, as TRAINDROP_ENGINE says; {reason}. Set it to auto or torch."
        )
    if found and reason:
        logger.info("served by torch: %s", reason)
    return None if reason else found


def _against(model_dir: Path, found: Exported | None, family: str | None) -> str | None:
    if found is None:
        return f"found none in {model_dir}"
    if family and find_task(found.task).family != family:
        return f"found one for {found.task}"
    if find_spec("onnxruntime") is None:
        return "found onnxruntime not installed"
    if not found.path(model_dir).is_file():
        return f"found no {found.path(model_dir)}"
    return None


def _slower(found: Exported | None) -> str | None:
    """Why torch is the better choice here, where it is left to us."""
    if gpus():
        return "found a GPU, which torch uses"
    if found and found.precision == INT8 and not multiplies_int8():
        return "found an int8 graph, for which this CPU has no instructions"
    return None


class OnnxModel:
    """`config` holds what `config.json` says, with the labels under whole numbers as transformers has them."""

    device = None

    def __init__(self, model_dir: Path, found: Exported) -> None:
        import onnxruntime  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads()
        options.log_severity_level = 3
        # A thread that spins while it waits takes the core from the server's other processes.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        path = str(found.path(model_dir))
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._outputs = list(found.outputs)
        self.config = _config(model_dir)

    def __call__(self, **arrays: Any) -> SimpleNamespace:
        values = self._session.run(self._outputs, arrays)
        return SimpleNamespace(**dict(zip(self._outputs, values, strict=True)))


def _config(model_dir: Path) -> SimpleNamespace:
    found = json.loads((model_dir / "config.json").read_text("utf-8"))
    labels = found.get("id2label") or {0: "LABEL_0", 1: "LABEL_1"}
    names = {int(number): label for number, label in labels.items()}
    # Every graph has a mask, so that filler harms nothing, whatever stands in for it.
    fixed = {"id2label": names, "num_labels": len(names), "max_position_embeddings": None, "pad_token_id": 0}
    return SimpleNamespace(**{"problem_type": None, **found, **fixed})
