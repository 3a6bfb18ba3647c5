from __future__ import annotations

import json
from pathlib import Path

from inference.model.onnx_manifest import FLOAT32, FOLDER, MANIFEST, OnnxManifest

GRAPH = OnnxManifest("model.onnx", FLOAT32, "fill-mask", ["input_ids"], ["logits"], 64)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    GRAPH.write(tmp_path)
    assert OnnxManifest.read(tmp_path) == GRAPH
    assert GRAPH.path(tmp_path) == tmp_path / "onnx" / "model.onnx"


def test_fields_of_a_newer_version_are_ignored(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    GRAPH.write(tmp_path)
    document = json.loads((tmp_path / MANIFEST).read_text())
    (tmp_path / MANIFEST).write_text(json.dumps(document | {"later": 1}))
    assert OnnxManifest.read(tmp_path) == GRAPH


def test_a_folder_without_a_manifest_has_no_graph_of_ours(tmp_path: Path) -> None:
    assert OnnxManifest.read(tmp_path) is None
