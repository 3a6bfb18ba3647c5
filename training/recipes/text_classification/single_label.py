"""Text classification with one label a text, judged by accuracy and macro F1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from contracts.evaluation import Calibration, LabelMetric, Mistake
from inference.predictors.scores import softmax
from tasks import Task
from training.common.types import BoolArray, FloatArray, IntArray, Metrics, Rows
from training.metrics.calibration import calibration
from training.metrics.label_errors import LabelError, class_errors
from training.metrics.label_scores import label_metric
from training.metrics.mistakes import MistakeText, worst
from training.metrics.sums import MetricSums, classification_sums
from training.metrics.thresholds import thresholds
from training.recipes.base import BaselineResult, Details, JudgedRow, Recipe, TaskScorer
from training.recipes.text_classification.texts import (
    MAX_REFERENCE_ROWS,
    BestLabelAnswers,
    LabelResponse,
    TextTrainer,
    first_label,
    label_numbers,
    sample,
    shown,
    word_features,
)


def recipe(task: Task, labels: Sequence[str]) -> Recipe[FloatArray, int, LabelResponse]:
    trainer = SingleLabelTrainer(task, labels)
    return Recipe(
        task,
        labels,
        trainer,
        SingleLabelScorer(task, labels),
        SingleLabelAnswers(task, labels),
    )


class SingleLabelTrainer(TextTrainer):
    problem_type = "single_label_classification"
    weighs_classes = True

    def targets(self, rows: Rows) -> list[int]:
        targets: list[int] = classes(rows, self.labels).tolist()
        return targets

    def logit_metrics(self, logits: FloatArray, references: IntArray) -> Metrics:  # type: ignore[override]
        return classification_sums(references, logits.argmax(axis=-1)).metrics()


class SingleLabelScorer(TaskScorer[FloatArray, int]):
    """An answer is the number of a class."""

    def answers(self, predictions: Sequence[FloatArray]) -> list[int]:
        answers: list[int] = np.array(predictions).argmax(axis=-1).tolist()
        return answers

    def sums(self, answers: Sequence[int], rows: Rows) -> MetricSums:
        return classification_sums(
            classes(rows, self.labels), np.array(answers, dtype=np.int64)
        )

    def details(self, predictions: Sequence[FloatArray], rows: Rows) -> Details:
        answers = np.array(predictions).argmax(axis=-1)
        matrix = confusion_matrix(classes(rows, self.labels), answers, len(self.labels))
        confidence, correct = self._confidence(predictions, rows)
        return {
            "labels": tuple(self.labels),
            "confusion": tuple(map(tuple, matrix.tolist())),
            "label_metrics": metrics_by_label(self.labels, matrix),
            "thresholds": thresholds(confidence, correct),
            "label_errors": len(self.label_errors(predictions, rows)),
        }

    def label_metrics(
        self, answers: Sequence[int], rows: Rows
    ) -> dict[str, LabelMetric]:
        matrix = confusion_matrix(
            classes(rows, self.labels), np.asarray(answers), len(self.labels)
        )
        return metrics_by_label(self.labels, matrix)

    def judged(self, answers: Sequence[int], rows: Rows) -> list[JudgedRow]:
        judged = []
        for answer, row in zip(answers, rows, strict=True):
            label = self.labels[answer]
            text = MistakeText(shown(row), row["label"], label)
            judged.append(JudgedRow(label == row["label"], text))
        return judged

    def label_errors(
        self, predictions: Sequence[FloatArray], rows: Rows
    ) -> list[LabelError]:
        scores = softmax(np.asarray(predictions, dtype=np.float64))
        errors = []
        for error in class_errors(scores, classes(rows, self.labels)):
            names = self.labels[error.label], self.labels[error.suggested]
            errors.append(LabelError(error.row, *names, error.score))
        return errors

    def _confidence(
        self, predictions: Sequence[FloatArray], rows: Rows
    ) -> tuple[FloatArray, BoolArray]:
        """The score of each row's answer, and whether it is right; both of shape (rows,)."""
        scores = softmax(np.asarray(predictions, dtype=np.float64))
        return scores.max(axis=1), scores.argmax(axis=1) == classes(rows, self.labels)

    def calibration(self, predictions: Sequence[FloatArray], rows: Rows) -> Calibration:
        """With the Brier score: the squared distance of the scores from 1 for the right class and 0 for all others."""
        scores = softmax(np.asarray(predictions, dtype=np.float64))
        references = classes(rows, self.labels)
        right_scores = scores[np.arange(len(references)), references]
        brier = (scores**2).sum(axis=1) - 2 * right_scores + 1
        return calibration(*self._confidence(predictions, rows), float(brier.mean()))

    def mistakes(self, predictions: Sequence[FloatArray], rows: Rows) -> list[Mistake]:
        """The most confident ones."""
        scores = softmax(np.asarray(predictions, dtype=np.float64))
        judged = self.judged(self.answers(predictions), rows)
        right = np.array([row.is_right for row in judged])
        badness = np.where(right, 0.0, scores.max(axis=1))
        return worst(badness, lambda row: judged[row].text)

    def trivial_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        ((label, _),) = Counter(row["label"] for row in train).most_common(1)
        references = classes(test, self.labels)
        answers = np.full_like(references, self.labels.index(label))
        return BaselineResult(
            f"always {label!r}", classification_sums(references, answers)
        )

    def reference_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

        train = sample(train, MAX_REFERENCE_ROWS)
        train_features, test_features = word_features(train, test)
        classifier = LogisticRegression(C=10.0, max_iter=300).fit(
            train_features, classes(train, self.labels)
        )
        sums = classification_sums(
            classes(test, self.labels), classifier.predict(test_features)
        )
        return BaselineResult("TF-IDF (1-2 words) + logistic regression", sums)


class SingleLabelAnswers(BestLabelAnswers[int]):
    def parse_response(self, response: LabelResponse) -> int:
        return self.labels.index(first_label(response)["label"])

    def scores(self, logits: FloatArray) -> FloatArray:
        return softmax(np.asarray(logits, dtype=np.float64))


def classes(rows: Rows, labels: Sequence[str]) -> IntArray:
    """The number of each row's class, of shape (rows,). Raises `DataError` for a label that is not among `labels`."""
    numbers = label_numbers(labels, (row["label"] for row in rows))
    in_order = (numbers[row["label"]] for row in rows)
    return np.fromiter(in_order, dtype=np.int64, count=len(rows))


def confusion_matrix(references: IntArray, answers: IntArray, count: int) -> IntArray:
    """Of shape (count, count): rows are the true classes, columns the predicted ones."""
    flat = np.bincount(references * count + answers, minlength=count * count)
    return flat.reshape(count, count)


def metrics_by_label(labels: Sequence[str], matrix: IntArray) -> dict[str, LabelMetric]:
    """From a `confusion_matrix` in the order of the labels."""
    correct, expected, answered = (
        matrix.diagonal(),
        matrix.sum(axis=1),
        matrix.sum(axis=0),
    )
    metrics = {}
    for index, label in enumerate(labels):
        counts = int(correct[index]), int(expected[index]), int(answered[index])
        metrics[label] = label_metric(*counts)
    return metrics
