"""`evaluation.json`: how good the model is, beside what it has to beat, on the same held-out rows."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from itertools import chain

from contracts.evaluation import (
    MAX_MISTAKES,
    Baselines,
    Evaluation,
    HistoryPoint,
    Leakage,
    TrainingFacts,
)
from contracts.spec import Spec
from training.common.types import Rows
from training.evaluation.champion import ChampionResult
from training.evaluation.verdict import with_verdict
from training.inputs.job_inputs import gate_metric
from training.metrics.bootstrap import intervals
from training.recipes.base import AnyRecipe, BaselineResult, Predictions

PACKAGES = (
    "torch",
    "transformers",
    "tokenizers",
    "accelerate",
    "scikit-learn",
    "numpy",
    "onnxruntime",
)


def evaluate(
    recipe: AnyRecipe,
    predictions: Predictions,
    *,
    train: Rows,
    test: Rows,
    reference: BaselineResult | None,
    champion: ChampionResult | None,
    spec: Spec,
    training: TrainingFacts,
    history: tuple[HistoryPoint, ...] = (),
) -> Evaluation:
    """`predictions` are the model's, of the rows of `test`, on which everything is measured."""
    scorer, metric = recipe.scorer, gate_metric(recipe.task, spec)
    trivial = scorer.trivial_baseline(train, test)
    model = scorer.sums(scorer.answers(predictions), test)
    sums = {
        "model": model,
        "trivial": trivial.sums,
        "reference": reference.sums if reference else None,
        "champion": champion.sums if champion else None,
    }
    evaluation = Evaluation(
        task=recipe.task.name,
        variant=recipe.task.variant,
        metric=metric,
        rows=len(test),
        model=model.metrics(),
        baselines=Baselines(
            trivial=trivial.report(),
            reference=reference.report() if reference else None,
        ),
        champion=champion.report() if champion else None,
        champion_reason=(champion.reason or None) if champion else None,
        intervals=intervals(sums, len(test), metric),
        calibration=scorer.calibration(predictions, test),
        changes=champion.changes if champion else None,
        leakage=leakage(test, spec.data.left_out or {}),
        mistakes=tuple(scorer.mistakes(predictions, test)[:MAX_MISTAKES]),
        history=history,
        training=training,
        versions=versions(),
        **scorer.details(predictions, test),
    )
    train_rows = Counter(chain.from_iterable(map(recipe.task.labels_of, train)))
    return with_verdict(evaluation, train_rows)


def leakage(test: Rows, left_out: Mapping[str, int]) -> Leakage:
    """`left_out` are the rows that Inspect left out of each split, because a stricter split holds them."""
    different = {json.dumps(row, sort_keys=True) for row in test}
    return Leakage(
        train=left_out.get("train", 0),
        validation=left_out.get("validation", 0),
        duplicates=len(test) - len(different),
    )


def versions() -> dict[str, str]:
    """Python's, and those of the installed packages that matter."""
    installed = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            installed[package] = version(package)
        except PackageNotFoundError:
            continue
    return installed


def summary(evaluation: Evaluation) -> str:
    """`accuracy 0.801 (95 %: 0.773 to 0.828) on 800 held-out rows (always 'pos' 0.500, TF-IDF … 0.750)`."""
    metric = evaluation.metric
    assert evaluation.intervals is not None
    low, high = evaluation.intervals.model[metric]
    compared = []
    for other in (
        evaluation.baselines.trivial,
        evaluation.baselines.reference,
        evaluation.champion,
    ):
        if other:
            compared.append(f"{other.name} {other.metrics[metric]:.3f}")
    value = f"{metric} {evaluation.model[metric]:.3f} (95 %: {low:.3f} to {high:.3f})"
    return f"{value} on {evaluation.rows:,} held-out rows ({', '.join(compared)})"
