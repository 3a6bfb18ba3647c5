"""`evaluation.json`: how good the model is, beside what it has to beat, on the same held-out rows."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from tasks import Row
from training.tasks.base import Predictions, Recipe

PACKAGES = ("torch", "transformers", "tokenizers", "accelerate", "scikit-learn", "numpy")


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def evaluation(
    recipe: Recipe,
    predictions: Predictions,
    rows: tuple[Sequence[Row], Sequence[Row]],
    labels: Sequence[str],
    *,
    reference: dict[str, Any] | None,
    training: dict[str, Any],
) -> dict[str, Any]:
    """`predictions` are those of the held-out rows; `rows` the training and the held-out ones."""
    trivial, held_out = recipe.trivial_baseline(*rows, labels), rows[1]
    return {
        "task": recipe.task.name,
        "variant": recipe.task.variant,
        "metric": recipe.task.metric,
        "rows": len(held_out),
        "model": recipe.measure(predictions, held_out, labels),
        "baselines": {"trivial": {"name": trivial.name, "metrics": trivial.metrics}, "reference": reference},
        "champion": None,
        **recipe.details(predictions, held_out, labels),
        "training": training,
        "versions": versions(),
    }


def summary(found: dict[str, Any]) -> str:
    """`accuracy 0.801 on 800 held-out rows (always 'pos' 0.500, TF-IDF … 0.750)`."""
    metric = found["metric"]
    others = ", ".join(f"{each['name']} {each['metrics'][metric]:.3f}" for each in found["baselines"].values() if each)
    return f"{metric} {found['model'][metric]:.3f} on {found['rows']:,} held-out rows ({others})"
