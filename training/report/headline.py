"""The evaluation in a sentence, and what a reader should be careful about."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from training.report.facts import Facts
from training.report.html import metric_name, number, shortened

Tone = Literal["good", "unsure", "bad"]
Interval = Sequence[float] | None
FEW_ROWS = 100
MUCH_CUT = 0.05
MUCH_ERROR = 0.1
_RANK = {"better than": 0, "not clearly better than": 1, "as good as": 1, "worse than": 2}


@dataclass(frozen=True)
class Rival:
    """Something that the model is compared with; `difference` is the interval of how much better the model is."""

    kind: str
    name: str
    metrics: Mapping[str, float]
    intervals: Mapping[str, Sequence[float]]
    difference: Interval


def rivals(evaluation: Mapping[str, Any]) -> list[Rival]:
    """The champion, the reference and the trivial baseline, where there are such."""
    intervals = evaluation.get("intervals") or {}
    differences = evaluation.get("difference") or intervals.get("difference") or {}
    baselines = evaluation.get("baselines") or {}
    found = {"champion": evaluation.get("champion"), **{k: baselines.get(k) for k in ("reference", "trivial")}}
    return [
        Rival(kind, _name(kind, each), each["metrics"], intervals.get(kind) or {}, differences.get(kind))
        for kind, each in found.items()
        if each
    ]


def _name(kind: str, rival: Mapping[str, Any]) -> str:
    name = shortened(rival.get("name") or rival.get("run") or kind, 60)
    return f"the champion {name}" if kind == "champion" and not name.startswith("the champion") else name


def relation(value: float, rival: Rival, metric: str) -> str:
    """`better than` where the interval of the difference lies above zero, or, without one, where the value does."""
    if rival.difference:
        low, high = rival.difference
        return "better than" if low > 0 else "worse than" if high < 0 else "not clearly better than"
    other = rival.metrics[metric]
    return "better than" if value > other else "worse than" if value < other else "as good as"


def sentence(evaluation: Mapping[str, Any]) -> tuple[Tone, str]:
    metric = evaluation["metric"]
    value = evaluation["model"].get(metric)
    if value is None:
        return "unsure", "Its quality was not measured."
    said = f"{sentence_case(metric_name(metric))} {number(value)}{_between(evaluation)}"
    said += f" on {evaluation['rows']:,} held-out rows"
    known = [rival for rival in rivals(evaluation) if metric in rival.metrics]
    if not math.isfinite(value) or not known:
        return "unsure", f"{said}."
    groups: dict[str, list[str]] = {}
    for rival in known:
        groups.setdefault(relation(value, rival, metric), []).append(f"{rival.name} ({number(rival.metrics[metric])})")
    parts = [f"{how} {' and '.join(groups[how])}" for how in sorted(groups, key=lambda how: _RANK[how])]
    trivial = next((relation(value, rival, metric) for rival in known if rival.kind == "trivial"), "better than")
    tone: Tone = "good" if set(groups) == {"better than"} else "bad" if _RANK[trivial] == 2 else "unsure"
    return tone, f"{said}: {', '.join(parts)}."


def sentence_case(words: str) -> str:
    return words[:1].upper() + words[1:]


def _between(evaluation: Mapping[str, Any]) -> str:
    interval = ((evaluation.get("intervals") or {}).get("model") or {}).get(evaluation["metric"])
    return f" (95 % interval {number(interval[0])} to {number(interval[1])})" if interval else ""


def warnings(facts: Facts) -> Iterator[str]:
    """Sentences, each a reason to trust the numbers less."""
    found = facts.evaluation
    if (rows := found["rows"]) < FEW_ROWS:
        yield f"Only {rows:,} held-out rows: another {rows:,} could give quite another result."
    if (share := facts.profile.cut) and share > MUCH_CUT:
        length = facts.hyperparameters.get("max_length")
        yield f"{share:.0%} of the training examples reach the limit of {length} tokens: what is beyond is not read."
    calibration = found.get("calibration")
    if calibration and calibration["ece"] > MUCH_ERROR:
        yield "Its scores are no shares of right answers: do not read 0.9 as nine of ten (see reliability)."
    if reason := found.get("champion_reason"):
        yield reason
