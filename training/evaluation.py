"""`evaluation.json`: how good the model is, beside what it has to beat, on the same held-out rows."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from tasks import Row
from training.tasks import Recipe

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
    outcome: tuple[Any, Any],
    rows: tuple[Sequence[Row], Sequence[Row]],
    labels: Sequence[str],
    *,
    reference: dict[str, Any] | None,
    training: dict[str, Any],
) -> dict[str, Any]:
    """`outcome` is logits and references of the held-out rows; `rows` the training and the held-out ones."""
    logits, references = outcome
    trivial = recipe.trivial_baseline(*rows, labels)
    return {
        "task": recipe.task.name,
        "metric": recipe.task.metric,
        "rows": len(references),
        "model": recipe.measure(logits, references),
        "baselines": {"trivial": {"name": trivial.name, "metrics": trivial.metrics}, "reference": reference},
        "champion": None,
        **recipe.details(logits, references, labels),
        "training": training,
        "versions": versions(),
    }


def summary(found: dict[str, Any]) -> str:
    """`accuracy 0.801 on 800 held-out rows (always 'pos' 0.500, TF-IDF … 0.750)`."""
    metric = found["metric"]
    others = ", ".join(f"{each['name']} {each['metrics'][metric]:.3f}" for each in found["baselines"].values() if each)
    return f"{metric} {found['model'][metric]:.3f} on {found['rows']:,} held-out rows ({others})"
