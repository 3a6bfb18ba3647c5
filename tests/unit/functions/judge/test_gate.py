from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts.evaluation import Evaluation
from contracts.spec import Gate, LabelChangeRule, ReferenceRule
from functions.judge import gate
from tests.unit.functions.judge.evaluations import GATE, contest
from tests.unit.functions.specs import evaluation_object
from training.evaluation.serve_champion import other_labels


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
    assert (verdict.outcome, verdict.reasons[2:]) == ("keep", [WORSE])


@pytest.mark.parametrize(
    ("low", "high", "verb"),
    [(-0.05, 0.01, "cannot be told from"), (0.01, 0.2, "is better than")],
)
def test_a_model_as_good_as_the_champion_is_promoted(
    low: float, high: float, verb: str
) -> None:
    verdict = gate.decide(contest(0.79, 0.8, low, high), GATE)
    assert verdict.outcome == "promote"
    assert verdict.reasons[2].startswith(
        f"accuracy 0.7900 {verb} 0.8000 of the live model (reviews-1)"
    )


def test_a_gate_may_ask_for_a_model_better_than_the_champion() -> None:
    strict = Gate(metric="accuracy", must_beat_champion=True)
    verdict = gate.decide(contest(0.79, 0.8, -0.05, 0.01), strict)
    assert verdict.outcome == "keep"
    assert verdict.reasons[2].endswith(
        "and +0.0100 (95 %). gate.must_beat_champion asks for more."
    )
    assert gate.decide(contest(0.9, 0.8, 0.02, 0.2), strict).outcome == "promote"


def test_without_an_interval_of_the_gates_metric_the_difference_itself_decides() -> (
    None
):
    assert (
        gate.decide(contest(0.7, 0.8, 0.1, 0.2, metric="macro_f1"), GATE).outcome
        == "keep"
    )
    assert (
        gate.decide(contest(0.8, 0.7, -0.2, -0.1, metric="macro_f1"), GATE).outcome
        == "promote"
    )


def test_a_champion_that_was_not_compared_is_told_and_stands_in_no_ones_way() -> None:
    reason = "The live model was not compared: its archive is damaged (EOFError)."
    verdict = gate.decide(
        evaluation_object(champion_reason=reason),
        Gate(metric="accuracy", must_beat_champion=True),
    )
    assert (verdict.outcome, verdict.reasons[2:]) == ("promote", [reason])


OTHER_LABELS = "The live model was not compared: its labels are others: 'a', 'b'."


def test_a_changed_set_of_labels_is_held_for_a_person() -> None:
    verdict = gate.decide(evaluation_object(champion_reason=OTHER_LABELS), GATE)
    assert verdict.outcome == "keep"
    assert verdict.reasons[2].startswith(
        f"{OTHER_LABELS} This model's: 'negative', 'positive'. It is kept back"
    )
    assert "gate.label_change: allow" in verdict.reasons[2]


def test_a_changed_set_of_labels_goes_live_where_that_is_allowed() -> None:
    allowed = Gate(metric="accuracy", label_change=LabelChangeRule.ALLOW)
    verdict = gate.decide(evaluation_object(champion_reason=OTHER_LABELS), allowed)
    assert (verdict.outcome, verdict.reasons[2:]) == ("promote", [OTHER_LABELS])


def test_the_job_words_a_change_of_labels_as_the_gate_reads_it(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"id2label": {"0": "a", "1": "b"}}')
    reason = other_labels(tmp_path, ["c"])
    assert reason is not None
    assert gate.OTHER_LABELS in reason


def beside(name: str, low: float, high: float) -> Evaluation:
    """A model of 0.8 whose difference from one baseline lies between `low` and `high`."""
    difference = {"trivial": [0.2, 0.4], "reference": None, "champion": None}
    intervals = {
        "model": {"accuracy": [0.7, 0.9]},
        "trivial": None,
        "reference": None,
        "champion": None,
        "difference": difference | {name: [low, high]},
    }
    return evaluation_object(intervals=intervals)


@pytest.mark.parametrize(
    ("interval", "expected", "words"),
    [
        ((-0.2, -0.1), ["promote", "keep", "keep"], "is worse than"),
        ((-0.2, 0.1), ["promote", "promote", "keep"], "is not clearly better than"),
        ((0.1, 0.2), ["promote", "promote", "promote"], "is better than"),
    ],
)
def test_the_gate_asks_what_it_is_set_to_beside_the_reference(
    interval: tuple[float, float], expected: list[str], words: str
) -> None:
    evaluation = beside("reference", *interval)
    outcomes = [
        gate.decide(evaluation, Gate(metric="accuracy", reference=rule)).outcome
        for rule in (
            ReferenceRule.IGNORE,
            ReferenceRule.NOT_WORSE,
            ReferenceRule.BETTER,
        )
    ]
    assert outcomes == expected
    assert gate.decide(evaluation, GATE).outcome == expected[1]
    reason = gate.decide(evaluation, GATE).reasons[1]
    assert reason.startswith(
        f"accuracy 0.8000 {words} 0.7000 of the simple reference (TF-IDF)"
    )
    assert ("gate.reference: ignore" in reason) == (expected[1] == "keep")


def test_a_gain_over_the_trivial_baseline_that_may_be_chance_is_not_enough() -> None:
    verdict = gate.decide(beside("trivial", -0.05, 0.4), GATE)
    assert verdict.outcome == "keep"
    assert verdict.reasons[0] == (
        "accuracy 0.8000 on 1,200 held-out rows does not clearly beat 0.5000 of the trivial baseline "
        "(most frequent label). The gain is between -0.0500 and +0.4000 (95 %)."
    )
    lenient = Gate(metric="accuracy", min_gain=-0.1)
    assert gate.decide(beside("trivial", -0.05, 0.4), lenient).outcome == "promote"
