"""Whether a new model earns its place: rules over its evaluation, each a line in `RULES`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from contracts.drift import AnswerStatistics
from contracts.evaluation import Evaluation, TrainingFacts
from contracts.outcomes import JudgeOutcome
from contracts.run_record import (
    ComparedBaseline,
    ComparedChampion,
    EvaluationSummary,
    GateIntervals,
    Interval,
)
from contracts.spec import Gate, LabelChangeRule, ReferenceRule
from contracts.standing import Standing, standing

MAX_LABELS = 100
SHOWN_LABELS = 10
REFERENCE_REMEDY = "Add rows or try another base_model; gate.reference: ignore in traindrop.yaml lets it go live."
OTHER_LABELS = "its labels are others"
"""In the reason for which the job did not compare the live model: its labels are not the new model's."""


class EvaluationError(ValueError):
    """`evaluation.json` lacks what the gate compares."""


@dataclass(frozen=True)
class GateDecision:
    """`reasons` are sentences for a person, one a rule."""

    outcome: JudgeOutcome
    reasons: list[str]


@dataclass(frozen=True)
class RuleResult:
    """What one rule says."""

    holds: bool
    reason: str


def _value(metrics: Mapping[str, float], gate: Gate, whose: str) -> float:
    value = metrics.get(gate.metric)
    if value is None:
        raise EvaluationError(
            f"evaluation.json: expected the metric {gate.metric!r} of {whose}; found {', '.join(metrics) or 'none'}. "
            "Set the gate's metric to one of these, or let training report it."
        )
    return float(value)


def beats_trivial_baseline(evaluation: Evaluation, gate: Gate) -> RuleResult | None:
    """By more than the gate's gain, and, unless that is below 0, beyond chance."""
    trivial = evaluation.baselines.trivial
    if trivial is None:
        return None
    model = _value(evaluation.model, gate, "the model")
    baseline = _value(trivial.metrics, gate, "the trivial baseline")
    low, high = _difference(evaluation, gate, "trivial", model - baseline)
    is_larger = math.isfinite(model) and round(model - baseline, 9) > gate.min_gain
    holds = is_larger and (low > 0 or gate.min_gain < 0)
    by = f" by more than {gate.min_gain:g}" if gate.min_gain else ""
    chance = ""
    if holds:
        verb = "beats"
    elif is_larger:
        verb = "does not clearly beat"
        chance = f" The gain is between {low:+.4f} and {high:+.4f} (95 %)."
    else:
        verb = "does not beat"
    reason = (
        f"{gate.metric} {model:.4f} on {evaluation.rows:,} held-out rows {verb} {baseline:.4f} "
        f"of the trivial baseline ({trivial.name}){by}.{chance}"
    )
    return RuleResult(holds, reason)


def stands_beside_reference(evaluation: Evaluation, gate: Gate) -> RuleResult | None:
    """By the gate's `reference`; None where there is no reference that has the gate's metric."""
    reference = evaluation.baselines.reference
    value = reference.metrics.get(gate.metric) if reference else None
    if reference is None or value is None:
        return None
    model = _value(evaluation.model, gate, "the model")
    low, high = _difference(evaluation, gate, "reference", model - value)
    stands = standing(low, high)
    is_kept = (
        stands is Standing.WORSE and gate.reference is not ReferenceRule.IGNORE
    ) or (stands is not Standing.BETTER and gate.reference is ReferenceRule.BETTER)
    reason = (
        f"{gate.metric} {model:.4f} is {stands} {value:.4f} of the simple reference ({reference.name}): "
        f"the difference is between {low:+.4f} and {high:+.4f} (95 %)."
    )
    return RuleResult(
        not is_kept, f"{reason} {REFERENCE_REMEDY}" if is_kept else reason
    )


def keeps_labels(evaluation: Evaluation, gate: Gate) -> RuleResult | None:
    """The labels of the live model are what its callers know."""
    reason = evaluation.champion_reason or ""
    if OTHER_LABELS not in reason:
        return None
    if gate.label_change is LabelChangeRule.ALLOW:
        return RuleResult(True, reason)
    own = ", ".join(map(repr, (evaluation.labels or ())[:SHOWN_LABELS]))
    remedy = "Set gate.label_change: allow in traindrop.yaml and drop it again, or drop rows with the same labels."
    return RuleResult(
        False,
        f"{reason} This model's: {own}. It is kept back, since callers know the others. {remedy}",
    )


def warnings(evaluation: Evaluation) -> list[str]:
    """What a person should know of a training that did not go as it was asked for."""
    training = evaluation.training
    return [*_collapsed(training), *_out_of_memory(training)]


def _collapsed(training: TrainingFacts) -> list[str]:
    if not training.collapses or training.learning_rate is None:
        return []
    rates = ", then at ".join(
        f"{collapse.learning_rate:.2g}" for collapse in training.collapses
    )
    last = training.collapses[-1]
    return [
        f"The training collapsed at learning_rate {rates} (it {last.reason}) and was started again at "
        f"{training.learning_rate:.2g}. Set `learning_rate: {training.learning_rate:.1g}` in traindrop.yaml to save "
        "the attempts before."
    ]


def _out_of_memory(training: TrainingFacts) -> list[str]:
    if not training.retried:
        return []
    return [
        f"The training ran {training.retried} and was done once more with train_batch_size {training.batch}, "
        f"gradient_accumulation_steps {training.accumulation} and eval_batch_size {training.eval_batch}. "
        "Set these in traindrop.yaml to save the first attempt, or name an instance type with more memory."
    ]


def stands_against_champion(evaluation: Evaluation, gate: Gate) -> RuleResult | None:
    """No worse than the live model by more than noise allows; None where there is none to compare with."""
    champion = evaluation.champion
    if champion is None:
        reason = evaluation.champion_reason
        return (
            RuleResult(True, reason) if reason and OTHER_LABELS not in reason else None
        )
    model = _value(evaluation.model, gate, "the model")
    live = _value(champion.metrics, gate, "the live model")
    low, high = _difference(evaluation, gate, "champion", model - live)
    if math.isfinite(high) and high < 0:
        verb, holds = "is worse than", False
    elif low > 0:
        verb, holds = "is better than", True
    else:
        verb, holds = "cannot be told from", not gate.must_beat_champion
    reason = (
        f"{gate.metric} {model:.4f} {verb} {live:.4f} of the live model ({champion.run}) on the same rows: "
        f"the difference is between {low:+.4f} and {high:+.4f} (95 %)."
    )
    return RuleResult(
        holds,
        reason
        if holds or high < 0
        else f"{reason} gate.must_beat_champion asks for more.",
    )


def _difference(
    evaluation: Evaluation, gate: Gate, name: str, difference: float
) -> tuple[float, float]:
    """The paired interval of the model less `name`; of another metric than it was made of, or without one, the plain
    difference twice."""
    intervals = evaluation.intervals
    interval = getattr(intervals.difference, name) if intervals else None
    if interval is None or evaluation.metric != gate.metric:
        return difference, difference
    low, high = interval
    return float(low), float(high)


RULES: tuple[Callable[[Evaluation, Gate], RuleResult | None], ...] = (
    beats_trivial_baseline,
    stands_beside_reference,
    keeps_labels,
    stands_against_champion,
)
"""A rule that has nothing to say returns None."""


def decide(evaluation: Evaluation, gate: Gate) -> GateDecision:
    """Promote where every rule holds; a user's own training script judges its model itself."""
    if evaluation.baselines.trivial is None:
        reason = "code/train.py trained it: there is no baseline of Traindrop's to compare it with."
        return GateDecision(JudgeOutcome.PROMOTE, [reason])
    results = [result for rule in RULES if (result := rule(evaluation, gate))]
    promoted = all(result.holds for result in results)
    outcome = JudgeOutcome.PROMOTE if promoted else JudgeOutcome.KEEP
    return GateDecision(outcome, [result.reason for result in results])


def summary(
    evaluation: Evaluation, gate: Gate, decision: GateDecision
) -> EvaluationSummary:
    """What the run record keeps of `evaluation.json`: numbers and a bounded list of labels, no confusion matrix."""
    labels = evaluation.labels or ()
    champion, changes = evaluation.champion, evaluation.changes
    return EvaluationSummary(
        metric=gate.metric,
        min_gain=gate.min_gain,
        rows=evaluation.rows,
        model=evaluation.model,
        baselines=_baselines(evaluation),
        champion=ComparedChampion.read(champion.write()) if champion else None,
        champion_reason=evaluation.champion_reason,
        changes=replace(changes, new=(), gone=()) if changes else None,
        intervals=_intervals(evaluation, gate),
        labels=labels[:MAX_LABELS],
        label_count=len(labels),
        training=evaluation.training,
        verdict=decision.outcome,
        sentence=evaluation.sentence,
        next_steps=evaluation.next_steps,
        reasons=tuple(decision.reasons),
        expected=_expected(evaluation),
    )


def _expected(evaluation: Evaluation) -> AnswerStatistics | None:
    """How the held-out rows were answered; None where no row has one label of a few."""
    labels, confusion = evaluation.labels, evaluation.confusion
    if not labels or not confusion or len(labels) > MAX_LABELS:
        return None
    predicted = [sum(column) for column in zip(*confusion, strict=True)]
    bins = evaluation.calibration.bins if evaluation.calibration else ()
    return AnswerStatistics(
        answers=sum(predicted),
        labels=dict(zip(labels, predicted, strict=True)),
        confidence={str(tenth): item.rows for tenth, item in enumerate(bins)},
    )


def _baselines(evaluation: Evaluation) -> dict[str, ComparedBaseline | None]:
    baselines: dict[str, ComparedBaseline | None] = {}
    for name, content in evaluation.baselines.write().items():
        baselines[name] = ComparedBaseline.read(content) if content else None
    return baselines


def _intervals(evaluation: Evaluation, gate: Gate) -> GateIntervals:
    """Of the gate's metric alone: the model's, and its difference from each baseline and the champion."""
    intervals = evaluation.intervals
    model = intervals.model.get(gate.metric) if intervals else None
    if intervals is None or model is None:
        return GateIntervals()
    differences: dict[str, Interval | None] = {}
    if evaluation.metric == gate.metric:
        differences = intervals.difference.write()
    return GateIntervals(model=model, difference=differences)
