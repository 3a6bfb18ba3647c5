"""Text regression: a number a text, learnt on a common scale and answered in the unit of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tasks import Row
from tasks.arguments import Arguments
from training.metrics.bootstrap import Array, Tally
from training.metrics.mistakes import worst
from training.metrics.sums import correlation, moments, ratio
from training.recipes.base import Baseline, Metrics, Mistake, Predictions
from training.recipes.text_classification.single_label import (
    REFERENCE_ROWS,
    TextClassification,
    sample,
    shown,
    word_features,
)

NAME = "score"
"""Of the model's only output."""


class TextRegression(TextClassification):
    problem = "regression"
    scale: tuple[float, float] | None = None
    """Mean and spread of the training rows' numbers: without them, the head would first have to grow as large."""
    has_bias = True

    def names(self, labels: Sequence[str]) -> Sequence[str]:
        return (NAME,)

    def prepare(self, model: Any, tokenizer: Any, arguments: Arguments) -> Any:
        self.has_bias = _head(model).bias is not None
        return super().prepare(model, tokenizer, arguments)

    def targets(self, rows: Sequence[Row], labels: Sequence[str]) -> Sequence[Any]:
        scores = _scores(rows)
        # The first rows that are encoded are those that are learnt.
        if self.scale is None:
            mean = float(scores.mean()) if self.has_bias else 0.0
            self.scale = mean, float(np.sqrt(np.mean((scores - mean) ** 2))) or 1.0
        return [float(score) for score in (scores - self.scale[0]) / self.scale[1]]

    def merged(self, model: Any) -> Any:
        """The head answers in the rows' unit from here on."""
        import torch  # noqa: PLC0415

        plain, (mean, spread) = super().merged(model), self.scale or (0.0, 1.0)
        head = _head(plain)
        with torch.no_grad():
            head.weight.mul_(spread)
            if head.bias is not None:
                head.bias.mul_(spread).add_(mean)
        self.scale = None
        return plain

    def measure_logits(self, logits: Any, references: Any) -> Metrics:
        return regression_tally(np.asarray(references), np.asarray(logits).reshape(len(logits))).metrics()

    def answers(self, predictions: Predictions) -> Predictions:
        found: list[float] = np.array(predictions).reshape(len(predictions)).tolist()
        return found

    def tally(self, answers: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Tally:
        return regression_tally(_scores(rows), np.array(answers, dtype=np.float64))

    def details(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> dict[str, Any]:
        return {}

    def calibration(
        self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]
    ) -> dict[str, Any] | None:
        return None

    def mistakes(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> list[Mistake]:
        """Those farthest off."""
        gold, said = _scores(rows), np.array(self.answers(predictions))
        return worst(np.abs(gold - said), lambda row: (shown(rows[row]), f"{gold[row]:.6g}", f"{said[row]:.6g}"))

    def number_pairs(self, predictions: Predictions, rows: Sequence[Row]) -> list[tuple[float, float]]:
        return list(zip(_scores(rows).tolist(), self.answers(predictions), strict=True))

    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        mean = float(_scores(train).mean())
        return Baseline(f"always {mean:.4g}", regression_tally(_scores(test), np.full(len(test), mean)))

    def reference_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        from sklearn.linear_model import Ridge  # noqa: PLC0415

        train = sample(train, REFERENCE_ROWS)
        seen, unseen = word_features(train, test)
        answers = Ridge(alpha=1.0).fit(seen, _scores(train)).predict(unseen)
        return Baseline("TF-IDF (1-2 words) + ridge regression", regression_tally(_scores(test), answers))

    def heard(self, response: Any, labels: Sequence[str]) -> Any:
        answer = response[0] if isinstance(response, list) else response
        return float(answer["score"])

    def disagreement(self, response: Any, prediction: Any, labels: Sequence[str], tolerance: float) -> str | None:
        """The tolerance is a share of the number where that is larger than 1."""
        answer = response[0] if isinstance(response, list) else response
        expected = float(np.asarray(prediction).reshape(()))
        near = abs(answer["score"] - expected) <= tolerance * max(1.0, abs(expected))
        if near and answer["label"] == NAME:
            return None
        return f"{answer['label']!r} at {answer['score']:.4f} instead of {NAME!r} at {expected:.4f}"


def _head(model: Any) -> Any:
    """The layer that writes the number."""
    from torch import nn  # noqa: PLC0415

    return next(
        layer for layer in reversed(list(model.modules())) if isinstance(layer, nn.Linear) and layer.out_features == 1
    )


def _scores(rows: Sequence[Row]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([row["score"] for row in rows], dtype=np.float64)


def regression_tally(gold: Any, said: Any) -> Tally:
    """Pearson's correlation, 0 where one of the two does not vary, and the mean squared and absolute errors."""
    errors = np.asarray(gold, dtype=np.float64) - said
    return Tally(np.column_stack([moments(gold, said), errors**2, np.abs(errors)]), _regression_metrics)


def _regression_metrics(sums: Array) -> dict[str, Array]:
    correlated, squared, absolute = correlation(sums[:, :6]), sums[:, 6], sums[:, 7]
    return {"pearson": correlated, "mse": ratio(squared, sums[:, 0]), "mae": ratio(absolute, sums[:, 0])}
