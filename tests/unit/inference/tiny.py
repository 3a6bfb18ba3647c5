"""A real BERT classifier of a few thousand random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification

from tests.tiny_model import build
from tests.unit.inference.model_folder import LABELS


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
