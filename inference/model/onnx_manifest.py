"""The ONNX graph that a training job packs beside the weights, and what a server must know to use it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

FOLDER = "onnx"
MANIFEST = "onnx/traindrop.json"
"""Graphs of others may lie in the same folder: only one that this file describes is used."""
FLOAT32, INT8 = "float32", "int8"


@dataclass(frozen=True)
class Exported:
    """`inputs` and `outputs` are the graph's, named as the model's class names them; both axes of inputs are free."""

    file: str
    """Within the folder `onnx/`."""
    precision: str
    task: str
    inputs: list[str]
    outputs: list[str]
    token_limit: int | None
    """The most tokens of a row; None where the model has no limit."""
    made_with: Mapping[str, str] = field(default_factory=dict)
    measured: Mapping[str, Any] = field(default_factory=dict)
    """The held-out metric by the weights and by the graph: `{"metric", "rows", "torch", "float32", "int8"}`."""

    @classmethod
    def read(cls, model_dir: Path) -> Exported | None:
        """None where no graph of ours lies in the folder."""
        path = model_dir / MANIFEST
        if not path.is_file():
            return None
        found = json.loads(path.read_text("utf-8"))
        return cls(**{each.name: found[each.name] for each in fields(cls) if each.name in found})

    def write(self, model_dir: Path) -> None:
        (model_dir / MANIFEST).write_text(json.dumps(asdict(self), indent=2, sort_keys=True) + "\n", "utf-8")

    def path(self, model_dir: Path) -> Path:
        return model_dir / FOLDER / self.file
