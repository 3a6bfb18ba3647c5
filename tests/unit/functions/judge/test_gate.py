from __future__ import annotations

import re

import pytest

from contracts.spec import Gate
from functions.judge import gate
from tests.unit.functions.judge.evaluations import GATE, contest
from tests.unit.functions.specs import evaluation_object


def test_the_gate_asks_for_more_than_its_gain() -> None:
    strict = Gate(metric="accuracy", min_gain=0.3)
    assert gate.decide(evaluation_object(0.8, 0.5), strict).outcome == "keep"
    verdict = gate.decide(evaluation_object(0.81, 0.5), strict)
    assert verdict.outcome == "promote"
    assert verdict.reasons[0].endswith("by more than 0.3.")


def test_a_metric_that_is_not_a_number_does_not_beat_anything() -> None:
    assert gate.decide(evaluation_object(float("nan")), GATE).outcome == "keep"


def test_a_metric_that_was_not_reported_is_named() -> None:
    expected = "expected the metric 'f1' of the model; found accuracy, macro_f1."
    with pytest.raises(gate.EvaluationError, match=re.escape(expected)):
        gate.decide(evaluation_object(), Gate(metric="f1"))


WORSE = (
    "accuracy 0.7000 is worse than 0.8000 of the live model (reviews-1) on the same rows: "
    "the difference is between -0.1500 and -0.0500 (95 %)."
)


def test_a_model_worse_than_the_champion_beyond_chance_is_not_promoted() -> None:
    verdict = gate.decide(contest(0.7, 0.8, -0.15, -0.05), GATE)
    assert (verdict.outcome, verdict.reasons[1:]) == ("keep", [WORSE])


@pytest.mark.parametrize(
    ("low", "high", "verb"), [(-0.05, 0.01, "cannot be told from"), (0.01, 0.2, "is better than")]
)
def test_a_model_as_good_as_the_champion_is_promoted(low: float, high: float, verb: str) -> None:
    verdict = gate.decide(contest(0.79, 0.8, low, high), GATE)
    assert verdict.outcome == "promote"
    assert verdict.reasons[1].startswith(
        f"accuracy 0.7900 {verb} 0.8000 of the live model (reviews-1)"
    )


def test_a_gate_may_ask_for_a_model_better_than_the_champion() -> None:
    strict = Gate(metric="accuracy", must_beat_champion=True)
    verdict = gate.decide(contest(0.79, 0.8, -0.05, 0.01), strict)
    assert verdict.outcome == "keep"
    assert verdict.reasons[1].endswith("and +0.0100 (95 %). gate.must_beat_champion asks for more.")
    assert gate.decide(contest(0.9, 0.8, 0.02, 0.2), strict).outcome == "promote"


def test_without_an_interval_of_the_gates_metric_the_difference_itself_decides() -> None:
    assert gate.decide(contest(0.7, 0.8, 0.1, 0.2, metric="macro_f1"), GATE).outcome == "keep"
    assert gate.decide(contest(0.8, 0.7, -0.2, -0.1, metric="macro_f1"), GATE).outcome == "promote"


def test_a_champion_that_was_not_compared_is_told_and_stands_in_no_ones_way() -> None:
    reason = "The live model was not compared: its labels are others: 'a', 'b'."
    verdict = gate.decide(
        evaluation_object(champion_reason=reason), Gate(metric="accuracy", must_beat_champion=True)
    )
    assert (verdict.outcome, verdict.reasons[1:]) == ("promote", [reason])
