"""The manifest of the ONNX graph that a training job packs beside the weights: what a server must know to use it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

FOLDER = "onnx"
MANIFEST = "onnx/traindrop.json"
"""Graphs of others may lie in the same folder: only one that this file describes is used."""
FLOAT32, INT8 = "float32", "int8"


@dataclass(frozen=True)
class OnnxManifest:
    """`inputs` and `outputs` are the graph's, named as the model's class names them; both axes of inputs are free."""

    file: str
    """Within the folder `onnx/`."""
    precision: str
    """`FLOAT32` or `INT8`."""
    task: str
    inputs: list[str]
    outputs: list[str]
    token_limit: int | None
    """The most tokens of a row; None where the model has no limit."""
    runtime: str = ""
    """What the packed ONNX Runtime was built for, as `packed_runtime.build_tag` has it; empty where none is packed."""
    made_with: Mapping[str, str] = field(default_factory=dict)
    """Versions of the packages that wrote the graph."""
    measured: Mapping[str, object] = field(default_factory=dict)
    """The held-out metric by the weights and by each graph: `{"metric", "rows", "torch", "float32", "int8"}`."""

    @classmethod
    def read(cls, model_dir: Path) -> OnnxManifest | None:
        """None where the folder holds no graph of Traindrop's. Fields that this version does not know are ignored."""
        path = model_dir / MANIFEST
        if not path.is_file():
            return None
        document = json.loads(path.read_text("utf-8"))
        field_names = {column.name for column in fields(cls)}
        return cls(
            **{name: value for name, value in document.items() if name in field_names}
        )

    def write(self, model_dir: Path) -> None:
        text = json.dumps(asdict(self), indent=2, sort_keys=True)
        (model_dir / MANIFEST).write_text(text + "\n", "utf-8")

    def path(self, model_dir: Path) -> Path:
        """The graph's file."""
        return model_dir / FOLDER / self.file
