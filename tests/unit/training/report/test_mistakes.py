from __future__ import annotations

from contracts.evaluation import Evaluation
from tests.unit.training.report import evaluations, examples
from training.report.mistakes import (
    MAX_LABELS,
    confused_pairs,
    mistake_cards,
    sample_cards,
    threshold_advice,
    worst_labels,
)


def evaluation(**fields: object) -> Evaluation:
    return Evaluation.read(examples.bare_document(**fields))


def test_the_most_frequent_confusions_come_first() -> None:
    pairs = confused_pairs(
        evaluation(labels=["a", "b", "c"], confusion=[[8, 1, 1], [3, 5, 0], [0, 0, 4]])
    )
    assert [(pair.true, pair.predicted, pair.rows, pair.share) for pair in pairs] == [
        ("b", "a", 3, 3 / 8),
        ("a", "b", 1, 0.1),
        ("a", "c", 1, 0.1),
    ]


def test_without_a_matrix_nothing_was_confused() -> None:
    assert confused_pairs(evaluation()) == []


def test_the_labels_with_the_lowest_f1_are_chosen() -> None:
    labels = worst_labels(examples.multi_label().evaluation)
    assert [name for name, _ in labels] == [
        f"topic {index}" for index in range(MAX_LABELS)
    ]


def test_a_mistake_is_a_card_whose_row_counts_from_one() -> None:
    (card,) = mistake_cards(
        evaluation(
            mistakes=[
                {"row": 4, "input": "a", "expected": "b", "found": "c", "score": None}
            ]
        )
    )
    assert card.title == "Held-out row 5"
    assert card.fields == [("Input", "a"), ("Expected", "b"), ("Found", "c")]


def test_a_sample_starts_with_the_inputs_of_its_request() -> None:
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
    ]
    samples = [
        {"generated": "x", "request": {"inputs": messages, "parameters": {}}},
        {
            "generated": "y",
            "request": {"inputs": {"question": "Who?", "context": "Ada."}},
        },
        {"generated": "z", "request": "text"},
    ]
    cards = sample_cards(evaluation(samples=samples))
    assert [card.title for card in cards] == ["Sample 1", "Sample 2", "Sample 3"]
    assert [card.fields for card in cards] == [
        [("Input", "user: Hi\nassistant: Hello"), ("Generated", "x")],
        [("Input", "question: Who?\ncontext: Ada."), ("Generated", "y")],
        [("Input", "text"), ("Generated", "z")],
    ]


def test_the_lowest_threshold_that_is_good_enough_is_recommended() -> None:
    assert threshold_advice(evaluation(thresholds=evaluations.thresholds())) == (
        "Answer only from a score of 0.80 on: 61% are answered, 96% of these right, instead of 84% of all."
    )


def test_no_threshold_is_recommended_that_leaves_hardly_an_answer() -> None:
    rare = [
        {"score": 0.0, "answered": 1.0, "right": 0.5},
        {"score": 0.9, "answered": 0.1, "right": 1.0},
    ]
    assert threshold_advice(evaluation(thresholds=rare)) == ""
    assert threshold_advice(evaluation(thresholds=rare[:1])) == ""
