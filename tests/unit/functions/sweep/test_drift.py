from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.drift import AnswerStatistics, Drift
from contracts.run_record import EvaluationSummary, RunRecord, RunStatus
from functions.sweep import drift
from tests.unit.functions.fakes import NOW

EXPECTED = AnswerStatistics(200, {"good": 100, "bad": 100}, {"9": 150, "6": 50})


def run(expected: AnswerStatistics | None = EXPECTED) -> RunRecord:
    return RunRecord(
        "reviews-1",
        "reviews",
        "",
        1,
        RunStatus.LIVE,
        "",
        "",
        "",
        (),
        evaluation=EvaluationSummary(expected=expected),
    )


def looked(seen: AnswerStatistics, earlier: Drift | None = None) -> Drift:
    return drift.look(run(), seen, NOW, earlier)


def test_predictions_like_the_held_out_rows_are_no_drift() -> None:
    seen = AnswerStatistics(
        1000, {"good": 520, "bad": 480}, {"9": 740, "6": 260}, 1000, 50
    )
    result = looked(seen)
    assert (result.changes, result.answers) == ((), 1000)
    assert result.label_psi is not None
    assert result.label_psi < 0.01


def test_another_mix_of_labels_is_named_by_the_label_that_has_grown_most() -> None:
    seen = replace(EXPECTED, answers=1000, labels={"good": 150, "bad": 850})
    (change,) = looked(seen).changes
    assert change == (
        "85 % of the answers are 'bad'; of the held-out rows 50 % were answered so (PSI 0.61)."
    )


def test_a_model_that_is_less_sure_is_named() -> None:
    seen = AnswerStatistics(500, {"good": 250, "bad": 250}, {"9": 100, "6": 400})
    (change,) = looked(seen).changes
    assert change.startswith(
        "The model is less sure of its answers: 0.71 on average, 0.87 for the held-out rows"
    )


def test_texts_that_are_longer_than_usual_are_named() -> None:
    (change,) = looked(AnswerStatistics(texts=400, long_texts=100)).changes
    assert change == (
        "25 % of the texts are longer than 95 % of those that the model learnt from (5 % would be usual)."
    )


def test_a_label_that_was_never_seen_is_drift() -> None:
    seen = replace(EXPECTED, answers=400, labels={"good": 100, "bad": 100, "new": 200})
    assert "50 % of the answers are 'new'" in looked(seen).changes[0]


@pytest.mark.parametrize("count", [0, 1, 199])
def test_few_predictions_say_nothing(count: int) -> None:
    result = looked(AnswerStatistics(count, {"bad": count}, {"0": count}, count, count))
    assert result.changes == ()
    assert result.label_psi is None
    assert result.long_share is None


def test_without_counts_of_held_out_rows_labels_are_not_compared() -> None:
    seen = AnswerStatistics(1000, {"bad": 1000}, {"0": 1000})
    assert drift.look(run(None), seen, NOW, None).changes == ()


@pytest.mark.parametrize("labels", [2, 20, 50])
def test_chance_alone_is_reported_about_once_in_a_thousand_looks(labels: int) -> None:
    """Two samples of one mix of labels, as small as they may be."""
    rng = random.Random(labels)
    names = [f"label-{number}" for number in range(labels)]
    weights = [1 / (rank + 1) for rank in range(labels)]

    def sample(size: int) -> AnswerStatistics:
        drawn = rng.choices(names, weights, k=size)
        counts = {name: drawn.count(name) for name in set(drawn)}
        return AnswerStatistics(size, counts)

    reports = sum(
        bool(drift.look(run(sample(100)), sample(200), NOW, None).changes)
        for _ in range(300)
    )
    assert reports <= 3


@pytest.mark.parametrize(
    ("changes", "is_due"),
    [({}, False), ({"at": NOW - timedelta(days=1)}, True), ({"run": "other"}, True)],
)
def test_a_model_is_looked_at_once_a_day(changes: dict[str, Any], is_due: bool) -> None:
    fields = {"run": "reviews-1", "at": NOW, **changes}
    fields["at"] = fields["at"].isoformat()
    last = Drift(since="", **fields)
    assert drift.is_due(last, "reviews-1", NOW) is is_due


def test_a_model_that_nobody_has_looked_at_is_due() -> None:
    assert drift.is_due(None, "reviews-1", NOW)


@pytest.mark.parametrize(("days", "tells"), [(1, False), (7, True)])
def test_the_same_release_is_told_of_once_a_week(days: int, tells: bool) -> None:
    notified = (NOW - timedelta(days=days)).isoformat()
    earlier = Drift("reviews-1", notified, "", notified_at=notified)
    result = looked(AnswerStatistics(texts=400, long_texts=100), earlier)
    assert drift.is_worth_a_mail(result, NOW) is tells


def test_another_release_is_told_of_at_once() -> None:
    earlier = Drift("reviews-0", "", "", notified_at=NOW.isoformat())
    result = looked(AnswerStatistics(texts=400, long_texts=100), earlier)
    assert drift.is_worth_a_mail(result, NOW)
