"""Multi-label text classification: each label by itself applies or not, at a probability of one half."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contracts.evaluation import Calibration, LabelMetric, Mistake
from inference.predictors.scores import sigmoid
from tasks import Task
from training.common.types import BoolArray, FloatArray, JsonObject, Metrics, Rows
from training.metrics.calibration import calibration
from training.metrics.label_errors import LabelError, flags_errors
from training.metrics.label_scores import label_metric
from training.metrics.mistakes import MistakeText, listed, worst
from training.metrics.sums import MetricSums, ratio
from training.recipes.base import BaselineResult, Details, JudgedRow, Recipe, TaskScorer
from training.recipes.text_classification.texts import (
    MAX_REFERENCE_ROWS,
    BestLabelAnswers,
    LabelResponse,
    TextTrainer,
    label_numbers,
    sample,
    shown,
    word_features,
)

FULL_SAMPLE_LABELS = 20
"""With more labels than this, the reference baseline reads fewer rows, so that it takes no longer."""
MAX_NAMED_LABELS = 3


def recipe(
    task: Task, labels: Sequence[str]
) -> Recipe[FloatArray, BoolArray, LabelResponse]:
    trainer = MultiLabelTrainer(task, labels)
    return Recipe(
        task,
        labels,
        trainer,
        MultiLabelScorer(task, labels),
        MultiLabelAnswers(task, labels),
    )


class MultiLabelTrainer(TextTrainer):
    problem_type = "multi_label_classification"

    def targets(self, rows: Rows) -> list[FloatArray]:
        return list(label_flags(rows, self.labels).astype(np.float32))

    def logit_metrics(self, logits: FloatArray, references: FloatArray) -> Metrics:
        return multi_label_sums(
            np.asarray(references) > 0.5, np.asarray(logits) > 0
        ).metrics()


class MultiLabelScorer(TaskScorer[FloatArray, BoolArray]):
    """An answer says of each label whether it applies, of shape (labels,)."""

    def answers(self, predictions: Sequence[FloatArray]) -> list[BoolArray]:
        return list(np.array(predictions) > 0)

    def sums(self, answers: Sequence[BoolArray], rows: Rows) -> MetricSums:
        return multi_label_sums(label_flags(rows, self.labels), np.array(answers))

    def details(self, predictions: Sequence[FloatArray], rows: Rows) -> Details:
        return {
            "labels": tuple(self.labels),
            "label_metrics": self.label_metrics(self.answers(predictions), rows),
            "label_errors": len(self.label_errors(predictions, rows)),
        }

    def label_metrics(
        self, answers: Sequence[BoolArray], rows: Rows
    ) -> dict[str, LabelMetric]:
        flags = label_flags(rows, self.labels)
        return metrics_by_label(self.labels, flags, np.array(answers))

    def judged(self, answers: Sequence[BoolArray], rows: Rows) -> list[JudgedRow]:
        """Right are rows whose labels are all right."""
        judged = []
        flags = label_flags(rows, self.labels)
        for answer, expected, row in zip(answers, flags, rows, strict=True):
            text = MistakeText(shown(row), self._named(expected), self._named(answer))
            judged.append(JudgedRow(bool((answer == expected).all()), text))
        return judged

    def label_errors(
        self, predictions: Sequence[FloatArray], rows: Rows
    ) -> list[LabelError]:
        """Rows that likely miss a label, or have one too many; `label` and `suggested` are all labels of the row."""
        scores = sigmoid(np.asarray(predictions, dtype=np.float64))
        references = label_flags(rows, self.labels)
        errors = []
        for error in flags_errors(scores, references):
            flagged = np.flatnonzero(references[error.row])
            names = self._joined(flagged.tolist()), self._joined(error.suggested)
            errors.append(LabelError(error.row, *names, error.score))
        return errors

    def _joined(self, numbers: Sequence[int]) -> str:
        return ", ".join(self.labels[number] for number in numbers)

    def calibration(self, predictions: Sequence[FloatArray], rows: Rows) -> Calibration:
        """Of every label by itself: that it applies, or that it does not."""
        scores = sigmoid(np.asarray(predictions, dtype=np.float64))
        references = label_flags(rows, self.labels)
        confidence = np.maximum(scores, 1 - scores)
        brier = float(((scores - references) ** 2).mean())
        return calibration(confidence, (scores > 0.5) == references, brier)

    def mistakes(self, predictions: Sequence[FloatArray], rows: Rows) -> list[Mistake]:
        """Those with the most confident wrong label."""
        scores = sigmoid(np.asarray(predictions, dtype=np.float64))
        references = label_flags(rows, self.labels)
        answers = scores > 0.5
        wrong = np.where(answers == references, 0.0, np.maximum(scores, 1 - scores))
        judged = self.judged(list(answers), rows)
        return worst(wrong.max(axis=1), lambda row: judged[row].text)

    def _named(self, flags: BoolArray) -> str:
        return listed([self.labels[index] for index in np.flatnonzero(flags)])

    def trivial_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        """The same labels for every text: of the most frequent ones, as many as do best on the training rows."""
        counts = label_flags(train, self.labels).sum(axis=0)
        order = np.argsort(-counts, kind="stable")
        sizes = np.arange(1, len(self.labels) + 1)
        # The micro F1 of answering with the first k labels, for each k.
        micro_f1 = 2 * np.cumsum(counts[order]) / (sizes * len(train) + counts.sum())
        chosen = sorted(order[: int(micro_f1.argmax()) + 1].tolist())
        answers = np.zeros((len(test), len(self.labels)), dtype=bool)
        answers[:, chosen] = True
        names = ", ".join(
            repr(self.labels[index]) for index in chosen[:MAX_NAMED_LABELS]
        )
        more = ", …" if len(chosen) > MAX_NAMED_LABELS else ""
        return BaselineResult(
            f"always {names}{more}",
            multi_label_sums(label_flags(test, self.labels), answers),
        )

    def reference_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

        rows = (
            MAX_REFERENCE_ROWS
            * FULL_SAMPLE_LABELS
            // max(FULL_SAMPLE_LABELS, len(self.labels))
        )
        train = sample(train, rows)
        train_features, test_features = word_features(train, test)
        columns = []
        for flags in label_flags(train, self.labels).T:
            if flags.all() or not flags.any():
                columns.append(np.full(len(test), flags[0]))
            else:
                classifier = LogisticRegression(C=10.0, max_iter=300).fit(
                    train_features, flags
                )
                columns.append(classifier.predict(test_features))
        sums = multi_label_sums(
            label_flags(test, self.labels), np.stack(columns, axis=1)
        )
        return BaselineResult(
            "TF-IDF (1-2 words) + logistic regression for each label", sums
        )


class MultiLabelAnswers(BestLabelAnswers[BoolArray]):
    def evaluation_requests(self, rows: Rows) -> list[JsonObject]:
        """For the scores of all labels."""
        return [{**self.request(row), "parameters": {"top_k": None}} for row in rows]

    def parse_response(self, response: LabelResponse) -> BoolArray:
        answers = response if isinstance(response, list) else [response]
        scores = {answer["label"]: answer["score"] for answer in answers}
        if len(scores) != len(self.labels):
            raise ValueError(f"{len(scores)} labels instead of {len(self.labels)}")
        return np.array([scores[label] > 0.5 for label in self.labels])

    def scores(self, logits: FloatArray) -> FloatArray:
        return sigmoid(np.asarray(logits, dtype=np.float64))


def label_flags(rows: Rows, labels: Sequence[str]) -> BoolArray:
    """Whether each label applies to each row, of shape (rows, labels). Raises `DataError` for an unknown label."""
    numbers = label_numbers(labels, [label for row in rows for label in row["labels"]])
    flags = np.zeros((len(rows), len(labels)), dtype=bool)
    for index, row in enumerate(rows):
        flags[index, [numbers[label] for label in row["labels"]]] = True
    return flags


def metrics_by_label(
    labels: Sequence[str], references: BoolArray, answers: BoolArray
) -> dict[str, LabelMetric]:
    """Of each label; both arrays are of shape (rows, labels)."""
    correct = (references & answers).sum(axis=0).tolist()
    expected, answered = references.sum(axis=0).tolist(), answers.sum(axis=0).tolist()
    metrics = {}
    for index, label in enumerate(labels):
        metrics[label] = label_metric(correct[index], expected[index], answered[index])
    return metrics


def multi_label_sums(references: BoolArray, answers: BoolArray) -> MetricSums:
    """Micro F1, macro F1 over the labels that occur, and the share of rows whose labels are all right.

    Both are of shape (rows, labels).
    """
    from scipy.sparse import csr_array  # noqa: PLC0415

    exact = (references == answers).all(axis=1)[:, None]
    occurrences = references.astype(np.int8) + answers
    columns = np.concatenate(
        [references & answers, occurrences, exact, np.ones_like(exact)], axis=1
    )
    return MetricSums(csr_array(columns).astype(np.float64), _multi_label_metrics)


def _multi_label_metrics(sums: FloatArray) -> dict[str, FloatArray]:
    """`sums`: for each label how often it is right, then how often it occurs; the exact rows; all rows."""
    correct, occurrences = np.split(sums[:, :-2], 2, axis=1)
    f1_sum = ratio(2 * correct, occurrences).sum(axis=1)
    return {
        "micro_f1": ratio(2 * correct.sum(axis=1), occurrences.sum(axis=1)),
        "macro_f1": f1_sum / np.maximum(1, (occurrences > 0).sum(axis=1)),
        "subset_accuracy": ratio(sums[:, -2], sums[:, -1]),
    }
