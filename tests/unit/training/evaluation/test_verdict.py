from __future__ import annotations

from typing import Any

from contracts.evaluation import Evaluation, LabelMetric
from tests.unit.training.report.evaluations import document
from training.evaluation.verdict import next_steps, sentence, with_verdict


def evaluation(accuracy: float = 0.871, **fields: Any) -> Evaluation:
    content = document(
        "text-classification", "accuracy", {"accuracy": accuracy}, **fields
    )
    return Evaluation.read(content)


def metric(recall: float, rows: int, train_rows: int | None) -> dict[str, Any]:
    return LabelMetric(
        f1=recall, rows=rows, precision=1, recall=recall, train_rows=train_rows
    ).write()


def with_difference(low: float, high: float) -> dict[str, Any]:
    content = document("text-classification", "accuracy", {"accuracy": 0.9})
    intervals: dict[str, Any] = content["intervals"]
    return intervals | {
        "difference": {
            "trivial": [0.1, 0.2],
            "reference": [low, high],
            "champion": None,
        }
    }


def test_accuracy_is_in_texts_of_a_hundred_beside_the_simple_reference() -> None:
    assert sentence(evaluation()) == (
        "About 87 of 100 new texts get the right label (84 to 89). It is better than TF-IDF (1-2 words) + "
        "logistic regression (accuracy 0.87 against 0.78)."
    )


def test_a_reference_that_is_not_clearly_beaten_and_one_that_wins() -> None:
    unclear = sentence(evaluation(intervals=with_difference(-0.1, 0.1)))
    worse = sentence(evaluation(intervals=with_difference(-0.2, -0.1)))
    assert "It is not clearly better than TF-IDF" in unclear
    assert "It is worse than TF-IDF" in worse


def test_sixty_right_rows_of_sixty_leave_five_of_a_hundred_open() -> None:
    intervals = with_difference(0.1, 0.2)
    perfect = intervals | {"model": {"accuracy": [1.0, 1.0]}}
    none = intervals | {"model": {"accuracy": [0.0, 0.0]}}
    assert "right label (95 to 100)." in sentence(
        evaluation(1.0, rows=60, intervals=perfect)
    )
    assert "right label (0 to 5)." in sentence(evaluation(0.0, rows=60, intervals=none))
    assert "right label (0 to 100)." in sentence(
        evaluation(1.0, rows=2, intervals=perfect)
    )


def test_without_an_interval_the_number_stands_alone() -> None:
    assert (
        sentence(evaluation(0.5, intervals=None))
        == "About 50 of 100 new texts get the right label."
    )


def test_every_task_has_its_own_words() -> None:
    cases = {
        (
            "text-classification",
            "multi-label",
            "subset_accuracy",
        ): "get exactly the right labels",
        (
            "text-classification",
            "regression",
            "mae",
        ): "are off by about 0.42 on average",
        (
            "token-classification",
            "",
            "recall",
        ): "About 42 of 100 entities in new texts are found",
        ("question-answering", "", "exact_match"): "get exactly the right answer",
        (
            "text-generation",
            "chat",
            "token_accuracy",
        ): "of 100 tokens of new texts are predicted",
        ("fill-mask", "", "top_1"): "of 100 masked tokens are found",
    }
    for (task, variant, name), words in cases.items():
        content = document(task, name, {name: 0.42}, variant=variant, intervals=None)
        assert words in sentence(Evaluation.read(content))


def test_a_task_without_such_a_number_has_no_sentence() -> None:
    content = document("translation", "bleu", {"bleu": 0.2}, intervals=None)
    assert sentence(Evaluation.read(content)) == ""


def test_rows_of_the_weakest_label_are_the_next_step() -> None:
    labels = {
        "Billing": metric(0.95, 20, 101),
        "Account": metric(1.0, 20, 110),
        "Shipping": metric(4 / 7, 7, 33),
    }
    assert list(next_steps(evaluation(label_metrics=labels))) == [
        "Shipping: 4 of 7 right, only 33 training rows: add about 70."
    ]


def test_a_weak_label_with_many_rows_is_compared_with_its_rival() -> None:
    labels = {"a": metric(0.5, 10, 500), "b": metric(1.0, 10, 500)}
    steps = next_steps(
        evaluation(label_metrics=labels, labels=["a", "b"], confusion=[[5, 5], [0, 10]])
    )
    assert list(steps) == [
        "a: 5 of 10 right, most often taken for b: see whether the two labels overlap."
    ]


def test_labels_that_are_never_answered_are_named_once() -> None:
    labels = {name: metric(0.0, 4, 9) for name in "abcdef"} | {
        "g": metric(1.0, 50, 300)
    }
    (step,) = next_steps(evaluation(label_metrics=labels))
    assert step == (
        "6 labels are never answered right: 'a', 'b', 'c', 'd', 'e', …. "
        "Add rows of them, or merge them with others."
    )


def test_few_rows_that_show_nothing_ask_for_more() -> None:
    unclear = evaluation(rows=62, intervals=with_difference(-0.1, 0.1))
    assert list(next_steps(unclear)) == [
        "Add rows: on 62 held-out rows no difference from the simple methods can be shown."
    ]
    assert list(next_steps(evaluation(rows=62))) == []


def test_training_rows_are_counted_into_the_labels() -> None:
    judged = with_verdict(
        evaluation(label_metrics={"a": metric(0.5, 2, None)}), {"a": 40, "b": 3}
    )
    assert judged.label_metrics and judged.label_metrics["a"].train_rows == 40
    assert judged.next_steps == (
        "a: 1 of 2 right, only 40 training rows: add about 60.",
    )
    assert judged.sentence.startswith("About 87 of 100")
