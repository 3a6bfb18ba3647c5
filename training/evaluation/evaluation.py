"""`evaluation.json`: how good the model is, beside what it has to beat, on the same held-out rows."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from tasks import Row
from training.evaluation.champion import Champion
from training.metrics.bootstrap import intervals
from training.recipes.base import Baseline, Predictions, Recipe
from training.spec import Spec

PACKAGES = ("torch", "transformers", "tokenizers", "accelerate", "scikit-learn", "numpy", "onnxruntime")


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
    reference: Baseline | None,
    champion: Champion | None,
    spec: Spec,
    training: dict[str, Any],
) -> dict[str, Any]:
    """`predictions` are those of the held-out rows; `rows` the training and the held-out ones."""
    held_out, trivial = rows[1], recipe.trivial_baseline(*rows, labels)
    rivals = {"trivial": trivial, "reference": reference, "champion": champion}
    model = recipe.tally(recipe.answers(predictions), held_out, labels)
    tallies = {"model": model, **{name: rival.tally if rival else None for name, rival in rivals.items()}}
    metric = compared(recipe, spec)
    return {
        "task": recipe.task.name,
        "variant": recipe.task.variant,
        "metric": metric,
        "rows": len(held_out),
        "model": model.metrics(),
        "baselines": {"trivial": _named(trivial), "reference": _named(reference)},
        "champion": {"run": champion.run, **found} if champion and (found := _named(champion)) else None,
        "champion_reason": (champion.reason or None) if champion else None,
        "intervals": intervals(tallies, len(held_out), metric),
        "calibration": recipe.calibration(predictions, held_out, labels),
        "leakage": leakage(held_out, spec.data.get("left_out", {})),
        "mistakes": recipe.mistakes(predictions, held_out, labels),
        "confusion": None,
        **recipe.details(predictions, held_out, labels),
        "training": training,
        "versions": versions(),
    }


def compared(recipe: Recipe, spec: Spec) -> str:
    """The metric of the run's gate, or the task's own."""
    named = str(spec.gate.get("metric", ""))
    return named if named in recipe.task.metrics else recipe.task.metric


def leakage(held_out: Sequence[Row], left_out: Mapping[str, int]) -> dict[str, int]:
    """What Inspect kept from flattering the model, and the held-out rows that count more than once."""
    different = {json.dumps(row, sort_keys=True) for row in held_out}
    return {
        "train": left_out.get("train", 0),
        "validation": left_out.get("validation", 0),
        "duplicates": len(held_out) - len(different),
    }


def _named(rival: Baseline | Champion | None) -> dict[str, Any] | None:
    return {"name": rival.name, "metrics": rival.tally.metrics()} if rival and rival.tally else None


def summary(found: dict[str, Any]) -> str:
    """`accuracy 0.801 (95 %: 0.773 to 0.828) on 800 held-out rows (always 'pos' 0.500, TF-IDF … 0.750)`."""
    metric, (low, high) = found["metric"], found["intervals"]["model"][found["metric"]]
    rivals = [*found["baselines"].values(), found["champion"]]
    others = ", ".join(f"{each['name']} {each['metrics'][metric]:.3f}" for each in rivals if each)
    value = f"{metric} {found['model'][metric]:.3f} (95 %: {low:.3f} to {high:.3f})"
    return f"{value} on {found['rows']:,} held-out rows ({others})"
