from __future__ import annotations

import math

from contracts.evaluation import Evaluation
from tests.unit.training.report import examples
from training.report.facts import Profile
from training.report.results import (
    best_compared,
    comparison_chart,
    data_charts,
    scored_models,
    training_charts,
)


def evaluation(**fields: object) -> Evaluation:
    return Evaluation.read(examples.bare_document(**fields))


def test_the_model_comes_first_and_then_what_it_is_compared_with() -> None:
    models = scored_models(examples.classification().evaluation)
    assert [model.kind for model in models] == [
        "model",
        "champion",
        "reference",
        "trivial",
    ]


def test_the_best_is_the_one_with_the_highest_value_of_the_gates_metric() -> None:
    best = best_compared(examples.classification().evaluation)
    assert best is not None
    assert best.title == "the champion films-abc-1"
    assert best_compared(evaluation(baselines={})) is None


def test_a_value_that_is_not_finite_has_no_bar() -> None:
    chart = comparison_chart(evaluation(model={"accuracy": math.nan}))
    assert chart is not None
    assert chart.description == "accuracy: always 'positive' 0.500."
    assert (
        comparison_chart(evaluation(model={"accuracy": math.nan}, baselines={})) is None
    )


def test_only_what_was_reported_has_a_curve() -> None:
    history = [
        {"step": 1, "epoch": 0.5, "train_loss": 2.0},
        {"step": 2, "epoch": 1.0, "train_loss": math.nan},
    ]
    history += [{"step": 2, "epoch": 1.0, "eval_accuracy": 0.5}]
    captions = [chart.caption for chart in training_charts(evaluation(history=history))]
    assert captions == ["Loss by step", "Accuracy on the validation rows"]


def test_of_many_classes_the_most_frequent_are_drawn() -> None:
    classes = {f"label {index}": 100 - index for index in range(30)}
    (chart,) = data_charts(Profile(classes=classes))
    assert chart.caption == "The 20 most frequent labels of 30 in the training rows"
