"""Whether a live model's predictions are still like the rows that its release was judged by.

The measure is the population stability index, PSI: the sum over the labels (or tenths of the score) of
(q - p) * ln(q / p), p being a label's share of the answers to held-out rows and q its share of the predictions. From
0.2 on it is commonly called a significant shift. Two samples of one population have a PSI too: (1/n + 1/m) times a
chi-squared variable of (labels - 1) degrees of freedom (B. Yurdakul, Statistical Properties of Population Stability
Index, 2018). What chance alone exceeds once in a thousand times is not reported, however large it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.drift import AnswerStatistics, Drift
from contracts.run_record import RunRecord

WINDOW_DAYS = 7
KEPT_DAYS = 35
MIN_ANSWERS = 200
SIGNIFICANT_PSI = 0.2
USUAL_LONG_SHARE, LONG_SHARE = 0.05, 0.15
"""By definition one training text in twenty is long; three times as many are worth a look."""
LOOK_EVERY = timedelta(days=1)
NOTIFY_EVERY = timedelta(days=7)
_SMOOTHING = 0.5
"""Added to every count: a label that was never seen has no logarithm."""
_Z_999 = 3.0902
"""Of a normal variable, exceeded once in a thousand times."""


def is_due(drift: Drift | None, run: str, now: datetime) -> bool:
    """Whether a look is due at a model whose champion is `run`."""
    if drift is None or drift.run != run:
        return True
    return now - datetime.fromisoformat(drift.at) >= LOOK_EVERY


def first_day(now: datetime) -> str:
    """Of the days that a look counts."""
    return (now - timedelta(days=WINDOW_DAYS)).date().isoformat()


def oldest_day(now: datetime) -> str:
    """Counts from before are removed."""
    return (now - timedelta(days=KEPT_DAYS)).date().isoformat()


def look(
    run: RunRecord, seen: AnswerStatistics, now: datetime, earlier: Drift | None
) -> Drift:
    """`seen` are the predictions of the last days, `earlier` what was found the last time, of whichever release."""
    expected = run.evaluation.expected if run.evaluation else None
    labels = _comparison(expected, seen, "labels")
    scores = _comparison(expected, seen, "confidence")
    long_share = seen.long_texts / seen.texts if seen.texts >= MIN_ANSWERS else None
    is_same = earlier is not None and earlier.run == run.run
    return Drift(
        run=run.run,
        at=now.isoformat(timespec="seconds"),
        since=first_day(now),
        answers=seen.answers,
        texts=seen.texts,
        label_psi=labels.psi if labels else None,
        confidence_psi=scores.psi if scores else None,
        long_share=long_share,
        changes=tuple(_sentences(labels, scores, long_share)),
        notified_at=earlier.notified_at if earlier and is_same else None,
    )


def is_worth_a_mail(drift: Drift, now: datetime) -> bool:
    if not drift.changes:
        return False
    last = drift.notified_at
    return last is None or now - datetime.fromisoformat(last) >= NOTIFY_EVERY


@dataclass(frozen=True)
class _Comparison:
    psi: float
    is_significant: bool
    expected: Mapping[str, float]
    """Name -> its share of the answers to held-out rows."""
    seen: Mapping[str, float]


def _comparison(
    expected: AnswerStatistics | None, seen: AnswerStatistics, counts: str
) -> _Comparison | None:
    """None where there are too few answers, or none to compare with."""
    if expected is None or not expected.answers or seen.answers < MIN_ANSWERS:
        return None
    before: Mapping[str, int] = getattr(expected, counts)
    after: Mapping[str, int] = getattr(seen, counts)
    names = sorted({*before, *after})
    p, q = _shares(before, names), _shares(after, names)
    psi = sum((q[name] - p[name]) * math.log(q[name] / p[name]) for name in names)
    by_chance = (1 / expected.answers + 1 / seen.answers) * _chi_squared(len(names) - 1)
    is_significant = psi > max(SIGNIFICANT_PSI, by_chance)
    return _Comparison(round(psi, 4), is_significant, p, q)


def _shares(counts: Mapping[str, int], names: list[str]) -> dict[str, float]:
    whole = sum(counts.values()) + _SMOOTHING * len(names)
    return {name: (counts.get(name, 0) + _SMOOTHING) / whole for name in names}


def _chi_squared(degrees: int) -> float:
    """What is exceeded once in a thousand times, by the approximation of Wilson and Hilferty."""
    if degrees < 1:
        return 0.0
    step = 2 / (9 * degrees)
    return float(degrees * (1 - step + _Z_999 * math.sqrt(step)) ** 3)


def _sentences(
    labels: _Comparison | None, scores: _Comparison | None, long_share: float | None
) -> Iterator[str]:
    if labels and labels.is_significant:
        yield _about_labels(labels)
    if scores and scores.is_significant:
        yield _about_scores(scores)
    if long_share is not None and long_share > LONG_SHARE:
        yield (
            f"{_percent(long_share)} of the texts are longer than 95 % of those that the model learnt from "
            f"({_percent(USUAL_LONG_SHARE)} would be usual)."
        )


def _about_labels(labels: _Comparison) -> str:
    """Names the label whose share has grown most."""
    growth = {name: labels.seen[name] - labels.expected[name] for name in labels.seen}
    name = max(growth, key=lambda label: growth[label])
    return (
        f"{_percent(labels.seen[name])} of the answers are {name!r}; of the held-out rows "
        f"{_percent(labels.expected[name])} were answered so (PSI {labels.psi:.2f})."
    )


def _about_scores(scores: _Comparison) -> str:
    before, after = _mean(scores.expected), _mean(scores.seen)
    direction = "less" if after < before else "more"
    return (
        f"The model is {direction} sure of its answers: {after:.2f} on average, {before:.2f} for the held-out rows "
        f"(PSI {scores.psi:.2f})."
    )


def _mean(shares: Mapping[str, float]) -> float:
    """By the middle of each tenth."""
    return sum((int(tenth) + 0.5) / 10 * share for tenth, share in shares.items())


def _percent(share: float) -> str:
    return f"{round(100 * share)} %"
