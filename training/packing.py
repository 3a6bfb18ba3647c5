"""The model directory as the hosting container wants it: weights, tokenizer, label names, code to serve them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import inference
import tasks

LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "Dockerfile*")


def pack(model: Any, tokenizer: Any, model_dir: Path, task: str, settings: Mapping[str, Any]) -> None:
    """Writes everything but the model card. `settings` go into `config.json`, where the task's predictor reads them."""
    model_dir.mkdir(parents=True, exist_ok=True)
    if settings:
        model.config.task_specific_params = {task: dict(settings)}
    model.save_pretrained(model_dir)
    tokenizer.save_pretrained(model_dir)
    pack_code(model_dir / "code")


def pack_code(code: Path) -> None:
    """`inference.py`, the package it imports, under the name it has in an archive, and the tasks."""
    source = Path(inference.__path__[0])
    shutil.rmtree(code, ignore_errors=True)
    shutil.copytree(source, code / "traindrop", ignore=LEFT_OUT)
    shutil.copytree(Path(tasks.__path__[0]), code / "tasks", ignore=LEFT_OUT)
    shutil.copyfile(source / "shim.py", code / "inference.py")
