from __future__ import annotations

from functions.judge.verdict import verdict_sentence
from tests.unit.functions.judge.evaluations import contest
from tests.unit.functions.specs import evaluation_object


def test_accuracy_is_said_in_texts_of_a_hundred() -> None:
    expected = "About 87 of 100 new texts get the right label (70 to 90)."
    assert verdict_sentence(contest(0.871, 0.8, -0.1, 0.1)) == expected


def test_without_an_interval_the_number_stands_alone() -> None:
    assert (
        verdict_sentence(evaluation_object(0.5)) == "About 50 of 100 new texts get the right label."
    )


def test_there_is_no_sentence_where_nothing_chooses_one_label_of_several() -> None:
    assert verdict_sentence(evaluation_object(confusion=None)) == ""
    assert verdict_sentence(evaluation_object(model={"f1": 0.5})) == ""
