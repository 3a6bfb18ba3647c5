"""The model directory as the hosting container wants it: weights, tokenizer, label names, code to serve them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.model.onnx_manifest import FOLDER, OnnxManifest
from inference.packaging import serving_files

LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "train.py", "site-packages")
"""Of a drop's code, what serving does not need."""


def pack(
    model: Any, tokenizer: Any, model_dir: Path, task: str, settings: Mapping[str, Any], *, own_code: Path | None = None
) -> None:
    """Writes everything but the model card. `settings` go into `config.json`, where the task's predictor reads them."""
    model_dir.mkdir(parents=True, exist_ok=True)
    # Of other weights, where a job that was interrupted had come this far.
    shutil.rmtree(model_dir / FOLDER, ignore_errors=True)
    if settings:
        model.config.task_specific_params = {task: dict(settings)}
    model.save_pretrained(model_dir)
    tokenizer.save_pretrained(model_dir)
    pack_code(model_dir, own_code)


def pack_code(model_dir: Path, own_code: Path | None = None) -> None:
    """`code/`: the hooks, the package they import, the tasks, and over them the user's own files."""
    shutil.rmtree(model_dir / "code", ignore_errors=True)
    for name, source in serving_files():
        target = model_dir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    if own_code is not None:
        shutil.copytree(own_code, model_dir / "code", ignore=LEFT_OUT, dirs_exist_ok=True)


def pack_graph(folder: Path, exported: OnnxManifest, model_dir: Path) -> None:
    """Moves the graph from `folder/onnx/` beside the weights; without the manifest, which comes last, it is unused."""
    shutil.rmtree(model_dir / FOLDER, ignore_errors=True)
    (model_dir / FOLDER).mkdir(parents=True)
    shutil.move(exported.path(folder), exported.path(model_dir))
    exported.write(model_dir)
