"""A real BERT classifier of a few thousand random weights, and archives around it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification

from inference.packaging import serving_files
from tests.tiny_model import POSITIONS, build

__all__ = ["LABELS", "POSITIONS", "add_code", "add_shim", "build_model"]

ROOT = Path(__file__).parents[3]
LABELS = ("negative", "neutral", "positive")


def build_model(folder: Path, labels: tuple[str, ...] = LABELS, **config: Any) -> Path:
    build(folder)
    torch.manual_seed(1)
    names = dict(enumerate(labels))
    model = AutoModelForSequenceClassification.from_pretrained(
        folder,
        id2label=names,
        label2id={label: index for index, label in names.items()},
        **config,
    )
    model.save_pretrained(folder)
    return folder


def add_code(model_dir: Path, **files: str) -> Path:
    """`add_code(folder, inference="def model_fn…")`: scripts into the folder's `code/`."""
    code = model_dir / "code"
    code.mkdir(exist_ok=True)
    for name, text in files.items():
        (code / f"{name}.py").write_text(text, "utf-8")
    return model_dir


def add_shim(model_dir: Path) -> Path:
    """The code as an archive carries it."""
    for name, source in serving_files():
        (model_dir / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, model_dir / name)
    return model_dir
