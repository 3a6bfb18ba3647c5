"""Encoders with held-out rows of which the weights know all, and int8 nearly all or too few."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from tasks import Row, get_task
from tasks.hyperparameters import Hyperparameters
from tests.tiny_model import TEXTS
from tests.unit.training.packaging.onnx_export.encoders import build
from training.recipes import recipe_of

LABELS = ["LABEL_0", "LABEL_1"]
RECIPE = recipe_of(get_task("text-classification"), LABELS)


def robust(folder: Path) -> Path:
    return build(folder)


def fragile(folder: Path) -> Path:
    """One neuron of a layer is so strong that the others are lost between the steps of int8."""
    model = AutoModelForSequenceClassification.from_pretrained(build(folder))
    with torch.no_grad():
        for layer in model.bert.encoder.layer:
            for strong in (
                layer.intermediate.dense.weight,
                layer.intermediate.dense.bias,
            ):
                strong[0] *= 1e5
            layer.output.dense.weight[:, 0] *= 1e-5
            layer.output.dense.weight[:, 1:] *= 10
    model.save_pretrained(folder)
    return folder


def held_out(model_dir: Path, count: int, drawn: int = 200) -> list[Row]:
    """Of rows by lot those of which the weights are surest, with what they say."""
    draw, words = random.Random(0), " ".join(TEXTS).split()
    rows: list[Row] = [
        {"text": " ".join(draw.choices(words, k=draw.randint(2, 20)))}
        for _ in range(drawn)
    ]
    model = AutoModelForSequenceClassification.from_pretrained(model_dir).eval()
    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    logits = np.array(RECIPE.trainer.predict(model, tokenizer, rows, Hyperparameters()))
    # Of both classes as many.
    apart = logits[:, 1] - logits[:, 0]
    apart -= np.median(apart)
    with torch.no_grad():
        model.classifier.bias += torch.tensor([0.5, -0.5]) * float(
            np.median(logits[:, 1] - logits[:, 0])
        )
    model.save_pretrained(model_dir)
    surest = np.argsort(-np.abs(apart))[:count]
    return [
        {**rows[position], "label": LABELS[int(apart[position] > 0)]}
        for position in surest
    ]
