"""Evaluations as a training job writes them, for the tests of what is made of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from training.report.facts import Facts

LONG = "It was long. " * 500
HOSTILE = (
    '<script src="https://evil.example/x.js">alert(1)</script>" onload="x" '
    "$\\frac{1}$ \x00\ud800 &amp; ]]> #050505"
)
SHARES_OF_THE_MODEL = {"trivial": 0.6, "reference": 0.9, "champion": 0.99}
"""What the compared models reach of each metric of the model."""

Document = dict[str, Any]
"""`evaluation.json`, or a part of it."""
FactsFactory = Callable[[], Facts]


def history(metric: str, steps: int = 120) -> list[Document]:
    rng = random.Random(1)
    entries: list[Document] = []
    for step in range(1, steps + 1):
        loss = 0.2 + 1.5 / (1 + step / 12) + rng.random() * 0.1
        rate = 1e-4 * min(step / 12, 1 - (step - 12) / steps)
        entries.append(
            {
                "step": step,
                "epoch": step / 40,
                "train_loss": loss,
                "learning_rate": rate,
            }
        )
        if step % 40 == 0:
            entries.append(
                {
                    "step": step,
                    "epoch": step / 40,
                    "eval_loss": loss + 0.1,
                    f"eval_{metric}": 0.9 - loss / 4,
                }
            )
    return entries


def document(
    task: str, metric: str, model: Mapping[str, float], **fields: Any
) -> Document:
    """An evaluation of the model on 800 rows; `fields` replace its own."""
    metrics = {
        kind: _scaled(model, share) for kind, share in SHARES_OF_THE_MODEL.items()
    }
    intervals: Document = {
        kind: _intervals(values) for kind, values in {"model": model, **metrics}.items()
    }
    intervals["difference"] = {
        "trivial": [0.21, 0.29],
        "reference": [0.04, 0.12],
        "champion": [-0.01, 0.03],
    }
    mistakes = []
    for row, text in enumerate(
        (LONG, HOSTILE, "Ein schönes Märchen. 中文电影很好看。", "short")
    ):
        score = 0.99 - row / 100
        mistake = {
            "row": row,
            "input": f"{text} {row}",
            "expected": "positive",
            "found": "negative",
            "score": score,
        }
        if row == 0:
            mistake |= {"file": "tickets.csv", "file_row": 1234}
        mistakes.append(mistake)
    return {
        "task": task,
        "variant": "",
        "metric": metric,
        "rows": 800,
        "model": dict(model),
        "baselines": {
            "trivial": {"name": "always 'positive'", "metrics": metrics["trivial"]},
            "reference": {
                "name": "TF-IDF (1-2 words) + logistic regression",
                "metrics": metrics["reference"],
            },
        },
        "champion": {
            "run": "films-abc-1",
            "name": "films-abc-1",
            "metrics": metrics["champion"],
        },
        "champion_reason": None,
        "intervals": intervals,
        "calibration": None,
        "leakage": {"train": 3, "validation": 0, "duplicates": 2},
        "mistakes": mistakes,
        "training": {
            "rows": 3200,
            "epochs": 3.0,
            "seconds": 412.5,
            "rows_per_second": 23.3,
            "device": "Tesla T4",
        },
        "versions": {"python": "3.12.4", "torch": "2.9.0", "transformers": "5.3.0"},
        "history": history(metric),
        **fields,
    }


def _scaled(metrics: Mapping[str, float], share: float) -> dict[str, float]:
    return {name: value * share for name, value in metrics.items()}


def _intervals(metrics: Mapping[str, float]) -> dict[str, list[float]]:
    return {name: [value * 0.97, value * 1.02] for name, value in metrics.items()}


def matrix(labels: int, seed: int = 0) -> list[list[int]]:
    """Counts of true (rows) and predicted (columns) labels, most of them on the diagonal."""
    rng = random.Random(seed)
    rows = []
    for true in range(labels):
        row = []
        for predicted in range(labels):
            row.append(
                rng.randint(20, 60) if true == predicted else int(rng.random() ** 8 * 9)
            )
        rows.append(row)
    return rows


def calibration() -> Document:
    bins: list[Document] = []
    for index in range(10):
        interval = {"low": index / 10, "high": (index + 1) / 10}
        if index < 5:
            bins.append({**interval, "confidence": None, "accuracy": None, "rows": 0})
        else:
            bins.append(
                {
                    **interval,
                    "confidence": index / 10 + 0.05,
                    "accuracy": index / 11,
                    "rows": 20 * index,
                }
            )
    return {"ece": 0.123, "bins": bins}


def label_metric(index: int) -> Document:
    share = 0.9 - index / 100
    return {
        "f1": share,
        "rows": 100 + index,
        "precision": share,
        "recall": share,
        "train_rows": 900,
    }


def thresholds() -> list[Document]:
    shares = {0.0: (1.0, 0.84), 0.5: (0.9, 0.9), 0.8: (0.61, 0.96), 0.99: (0.0, None)}
    rows: list[Document] = []
    for score, (answered, right) in shares.items():
        rows.append({"score": score, "answered": answered, "right": right})
    return rows


def changes(labels: Sequence[str]) -> Document:
    """More labels differ than are listed."""
    listed: list[Document] = []
    for index, label in enumerate(labels[:3]):
        listed.append(
            {
                "label": label,
                "rows": 100 + index,
                "champion_right": 40,
                "model_right": 70 - 20 * index,
                "champion_f1": 0.5,
                "model_f1": 0.8 - index / 5,
            }
        )
    new: Document = {
        "row": 7,
        "input": HOSTILE,
        "expected": "positive",
        "champion": "positive",
        "model": "negative",
        "file": "tickets.csv",
        "file_row": 1241,
    }
    gone: Document = {
        "row": 11,
        "input": "short",
        "expected": "negative",
        "champion": "positive",
        "model": "negative",
    }
    return {
        "new_mistakes": 12,
        "gone_mistakes": 24,
        "both_wrong": 31,
        "labels_worse": 1,
        "labels_better": 4,
        "labels": listed,
        "new": [new],
        "gone": [gone],
    }
