"""Text regression: a number a text, trained on a common scale and answered in the unit of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from contracts.evaluation import Mistake
from tasks import Task
from tasks.hyperparameters import Hyperparameters
from training.common.types import FloatArray, Metrics, Rows
from training.metrics.mistakes import MistakeText, worst
from training.metrics.sums import MetricSums, correlation, moments, ratio
from training.recipes.base import BaselineResult, Details, Recipe, TaskScorer
from training.recipes.text_classification.texts import (
    MAX_REFERENCE_ROWS,
    LabelResponse,
    TextAnswers,
    TextTrainer,
    first_label,
    sample,
    shown,
    word_features,
)

if TYPE_CHECKING:
    from torch.nn import Linear

    from training.common.types import Model, Tokenizer

OUTPUT_NAME = "score"
"""Of the model's only output."""


def recipe(
    task: Task, labels: Sequence[str]
) -> Recipe[FloatArray, float, LabelResponse]:
    trainer = RegressionTrainer(task, labels)
    return Recipe(
        task,
        labels,
        trainer,
        RegressionScorer(task, labels),
        RegressionAnswers(task, labels),
    )


class RegressionTrainer(TextTrainer):
    """A prediction is of shape (1,)."""

    problem_type = "regression"
    scale: tuple[float, float] | None = None
    """Mean and standard deviation of the training rows' scores; without it, the head would first have to grow as
    large."""
    has_bias = True

    @property
    def output_names(self) -> Sequence[str]:
        return (OUTPUT_NAME,)

    def prepare(
        self, model: Model, tokenizer: Tokenizer, arguments: Hyperparameters
    ) -> None:
        self.has_bias = _head(model).bias is not None

    def targets(self, rows: Rows) -> list[float]:
        scores = _scores(rows)
        # The rows that are encoded first are those that are trained on.
        if self.scale is None:
            mean = float(scores.mean()) if self.has_bias else 0.0
            deviation = float(np.sqrt(np.mean((scores - mean) ** 2)))
            self.scale = mean, deviation or 1.0
        mean, deviation = self.scale
        return [float(score) for score in (scores - mean) / deviation]

    def finish(self, model: Model) -> Model:
        """From here on the head answers in the rows' unit."""
        import torch  # noqa: PLC0415

        mean, deviation = self.scale or (0.0, 1.0)
        head = _head(model)
        with torch.no_grad():
            head.weight.mul_(deviation)
            if head.bias is not None:
                head.bias.mul_(deviation).add_(mean)
        self.scale = None
        return model

    def logit_metrics(self, logits: FloatArray, references: FloatArray) -> Metrics:
        return regression_sums(
            np.asarray(references), np.asarray(logits).reshape(len(logits))
        ).metrics()


class RegressionScorer(TaskScorer[FloatArray, float]):
    def answers(self, predictions: Sequence[FloatArray]) -> list[float]:
        answers: list[float] = np.array(predictions).reshape(len(predictions)).tolist()
        return answers

    def sums(self, answers: Sequence[float], rows: Rows) -> MetricSums:
        return regression_sums(_scores(rows), np.array(answers, dtype=np.float64))

    def details(self, predictions: Sequence[FloatArray], rows: Rows) -> Details:
        return {}

    def mistakes(self, predictions: Sequence[FloatArray], rows: Rows) -> list[Mistake]:
        """Those farthest off."""
        references, answers = _scores(rows), np.array(self.answers(predictions))

        def describe(row: int) -> MistakeText:
            return MistakeText(
                shown(rows[row]), f"{references[row]:.6g}", f"{answers[row]:.6g}"
            )

        return worst(np.abs(references - answers), describe)

    def number_pairs(
        self, predictions: Sequence[FloatArray], rows: Rows
    ) -> list[tuple[float, float]]:
        return list(zip(_scores(rows).tolist(), self.answers(predictions), strict=True))

    def trivial_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        mean = float(_scores(train).mean())
        return BaselineResult(
            f"always {mean:.4g}",
            regression_sums(_scores(test), np.full(len(test), mean)),
        )

    def reference_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        from sklearn.linear_model import Ridge  # noqa: PLC0415

        train = sample(train, MAX_REFERENCE_ROWS)
        train_features, test_features = word_features(train, test)
        answers = (
            Ridge(alpha=1.0).fit(train_features, _scores(train)).predict(test_features)
        )
        return BaselineResult(
            "TF-IDF (1-2 words) + ridge regression",
            regression_sums(_scores(test), answers),
        )


class RegressionAnswers(TextAnswers[float]):
    @property
    def class_names(self) -> Sequence[str]:
        return (OUTPUT_NAME,)

    def parse_response(self, response: LabelResponse) -> float:
        return float(first_label(response)["score"])

    def disagreement(
        self, response: LabelResponse, prediction: FloatArray, tolerance: float
    ) -> str | None:
        """The tolerance is a share of the number where that is larger than 1."""
        answer = first_label(response)
        expected = float(np.asarray(prediction).reshape(()))
        near = abs(answer["score"] - expected) <= tolerance * max(1.0, abs(expected))
        if near and answer["label"] == OUTPUT_NAME:
            return None
        return f"{answer['label']!r} at {answer['score']:.4f} instead of {OUTPUT_NAME!r} at {expected:.4f}"


def _head(model: Model) -> Linear:
    """The layer whose output is the number: the last linear layer with one output."""
    from torch.nn import Linear  # noqa: PLC0415

    for layer in reversed(list(model.modules())):
        if isinstance(layer, Linear) and layer.out_features == 1:
            return layer
    raise LookupError("the model has no linear layer with one output")


def _scores(rows: Rows) -> FloatArray:
    return np.array([row["score"] for row in rows], dtype=np.float64)


def regression_sums(references: FloatArray, answers: FloatArray) -> MetricSums:
    """Pearson's correlation, 0 where one of the two does not vary, and the mean squared and absolute errors."""
    errors = np.asarray(references, dtype=np.float64) - answers
    return MetricSums(
        np.column_stack([moments(references, answers), errors**2, np.abs(errors)]),
        _regression_metrics,
    )


def _regression_metrics(sums: FloatArray) -> dict[str, FloatArray]:
    """`sums`: the moments, whose first is the number of rows; squared errors; absolute errors."""
    rows, squared, absolute = sums[:, 0], sums[:, 6], sums[:, 7]
    return {
        "pearson": correlation(sums[:, :6]),
        "mse": ratio(squared, rows),
        "mae": ratio(absolute, rows),
    }
