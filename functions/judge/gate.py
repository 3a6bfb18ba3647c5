"""Whether a new model earns its place: rules over its evaluation, each a line in `RULES`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Evaluation = Mapping[str, Any]
"""`evaluation.json`."""
LABELS_KEPT = 100


class EvaluationError(ValueError):
    """`evaluation.json` lacks what the gate compares."""


@dataclass(frozen=True)
class Gate:
    """The metric that decides, and by how much (in the metric's unit) a model must be better."""

    metric: str
    min_gain: float
    must_beat_champion: bool = False
    """Whether no worse than the live model is not enough."""


@dataclass(frozen=True)
class Verdict:
    """`reasons` are sentences for a person, one a rule."""

    outcome: Literal["promote", "keep"]
    reasons: list[str]


@dataclass(frozen=True)
class Opinion:
    """What one rule says."""

    holds: bool
    reason: str


def _value(metrics: Any, gate: Gate, whose: str) -> float:
    value = metrics.get(gate.metric) if isinstance(metrics, Mapping) else None
    if not isinstance(value, int | float):
        found = ", ".join(metrics) if isinstance(metrics, Mapping) else repr(metrics)
        raise EvaluationError(
            f"evaluation.json: expected the metric {gate.metric!r} of {whose}; found {found or 'none'}. "
            "Set the gate's metric to one of these, or let training report it."
        )
    return float(value)


def beats_trivial_baseline(evaluation: Evaluation, gate: Gate) -> Opinion:
    trivial = evaluation["baselines"]["trivial"]
    model = _value(evaluation["model"], gate, "the model")
    baseline = _value(trivial["metrics"], gate, "the trivial baseline")
    holds = math.isfinite(model) and round(model - baseline, 9) > gate.min_gain
    by = f" by more than {gate.min_gain:g}" if gate.min_gain else ""
    verb = "beats" if holds else "does not beat"
    reason = (
        f"{gate.metric} {model:.4f} on {evaluation['rows']:,} held-out rows {verb} {baseline:.4f} "
        f"of the trivial baseline ({trivial['name']}){by}."
    )
    return Opinion(holds, reason)


def warnings(evaluation: Evaluation) -> list[str]:
    """What a person should know of a training that did not go as it was asked for."""
    training = evaluation.get("training") or {}
    if not training.get("retried"):
        return []
    return [
        f"The training ran {training['retried']} and was done once more with train_batch_size {training['batch']}, "
        f"gradient_accumulation_steps {training['accumulation']} and eval_batch_size {training['eval_batch']}. "
        "Set these in traindrop.yaml to save the first attempt, or name an instance type with more memory."
    ]


def stands_against_champion(evaluation: Evaluation, gate: Gate) -> Opinion | None:
    """No worse than the live model by more than noise allows; None where there is none to compare with."""
    champion = evaluation.get("champion")
    if not champion:
        reason = evaluation.get("champion_reason")
        return Opinion(True, reason) if reason else None
    model = _value(evaluation["model"], gate, "the model")
    live = _value(champion["metrics"], gate, "the live model")
    low, high = _difference(evaluation, gate, model - live)
    if math.isfinite(high) and high < 0:
        verb, holds = "is worse than", False
    elif low > 0:
        verb, holds = "is better than", True
    else:
        verb, holds = "cannot be told from", not gate.must_beat_champion
    reason = (
        f"{gate.metric} {model:.4f} {verb} {live:.4f} of the live model ({champion['run']}) on the same rows: "
        f"the difference is between {low:+.4f} and {high:+.4f} (95 %)."
    )
    return Opinion(holds, reason if holds or high < 0 else f"{reason} gate.must_beat_champion asks for more.")


def _difference(evaluation: Evaluation, gate: Gate, found: float) -> tuple[float, float]:
    """The paired interval; of another metric than it was made of, or without one, the difference that was found."""
    interval = ((evaluation.get("intervals") or {}).get("difference") or {}).get("champion")
    if interval is None or evaluation.get("metric") != gate.metric:
        return found, found
    low, high = interval
    return float(low), float(high)


RULES: tuple[Callable[[Evaluation, Gate], Opinion | None], ...] = (beats_trivial_baseline, stands_against_champion)
"""A rule that has nothing to say says None."""


def judge(evaluation: Evaluation, gate: Gate) -> Verdict:
    """Promote where every rule holds; a user's own training script judges its model itself."""
    if not evaluation["baselines"]:
        return Verdict("promote", ["code/train.py trained it: there is no baseline of Traindrop's to compare it with."])
    opinions = [opinion for rule in RULES if (opinion := rule(evaluation, gate))]
    outcome: Literal["promote", "keep"] = "promote" if all(opinion.holds for opinion in opinions) else "keep"
    return Verdict(outcome, [opinion.reason for opinion in opinions])


def summary(evaluation: Evaluation, gate: Gate, verdict: Verdict) -> dict[str, Any]:
    """What the run record keeps of `evaluation.json`: numbers and a bounded list of labels, no confusion matrix."""
    labels = list(evaluation.get("labels") or [])
    return {
        "metric": gate.metric,
        "min_gain": gate.min_gain,
        "rows": evaluation["rows"],
        "model": evaluation["model"],
        "baselines": evaluation["baselines"],
        "champion": evaluation.get("champion"),
        "champion_reason": evaluation.get("champion_reason"),
        "intervals": _intervals(evaluation, gate),
        "labels": labels[:LABELS_KEPT],
        "label_count": len(labels),
        "training": evaluation.get("training", {}),
        "verdict": verdict.outcome,
        "reasons": verdict.reasons,
    }


def _intervals(evaluation: Evaluation, gate: Gate) -> dict[str, Any]:
    """Of the gate's metric alone: the model's, and its difference from each rival."""
    found = evaluation.get("intervals") or {}
    model = (found.get("model") or {}).get(gate.metric)
    difference = found.get("difference") if evaluation.get("metric") == gate.metric else None
    return {"model": model, "difference": difference or {}} if model else {}
