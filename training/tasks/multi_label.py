"""Multi-label text classification: each label by itself is given or not, at a probability of one half."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tasks import Row
from training.tasks.base import Baseline, Metrics, Predictions
from training.tasks.text_classification import (
    REFERENCE_ROWS,
    TextClassification,
    numbered,
    sample,
    word_features,
)

Flags = np.ndarray[Any, np.dtype[np.bool_]]
"""(rows, labels)"""
FREELY = 20
"""With more labels than this, fewer rows are looked at by the reference, so that it takes no longer."""


class MultiLabelClassification(TextClassification):
    problem = "multi_label_classification"

    def targets(self, rows: Sequence[Row], labels: Sequence[str]) -> Sequence[Any]:
        return list(flags(rows, labels).astype(np.float32))

    def measure_logits(self, logits: Any, references: Any) -> Metrics:
        return multi_label_metrics(np.asarray(references) > 0.5, np.asarray(logits) > 0)

    def measure(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Metrics:
        return self.measure_logits(np.array(predictions), flags(rows, labels))

    def details(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> dict[str, Any]:
        gold, said = flags(rows, labels), np.array(predictions) > 0
        f1, given = f1_of_each(gold, said), gold.sum(axis=0)
        found = {
            label: {"f1": float(each), "rows": int(count)} for label, each, count in zip(labels, f1, given, strict=True)
        }
        return {"labels": list(labels), "label_metrics": found}

    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        """The same labels for every text: of the most frequent ones, as many as do best on the training rows."""
        gold = flags(train, labels)
        counts = gold.sum(axis=0)
        order = np.argsort(-counts, kind="stable")
        said = np.arange(1, len(labels) + 1)
        # Of the first k labels: how many are right, of all that are said and all that are to be found.
        quality = 2 * np.cumsum(counts[order]) / (said * len(train) + counts.sum())
        chosen = sorted(order[: int(quality.argmax()) + 1].tolist())
        answers = np.zeros((len(test), len(labels)), dtype=bool)
        answers[:, chosen] = True
        names = ", ".join(repr(labels[index]) for index in chosen[:3]) + (", …" if len(chosen) > 3 else "")
        return Baseline(f"always {names}", multi_label_metrics(flags(test, labels), answers))

    def reference_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

        train = sample(train, REFERENCE_ROWS * FREELY // max(FREELY, len(labels)))
        seen, unseen = word_features(train, test)
        columns = []
        for gold in flags(train, labels).T:
            if gold.all() or not gold.any():
                columns.append(np.full(len(test), gold[0]))
            else:
                columns.append(LogisticRegression(C=10.0, max_iter=300).fit(seen, gold).predict(unseen))
        metrics = multi_label_metrics(flags(test, labels), np.stack(columns, axis=1))
        return Baseline("TF-IDF (1-2 words) + logistic regression for each label", metrics)

    def scores(self, prediction: Any) -> Any:
        return 1 / (1 + np.exp(-np.clip(np.asarray(prediction, dtype=np.float64), -500, 500)))


def flags(rows: Sequence[Row], labels: Sequence[str]) -> Flags:
    """Raises `DataError` for a label that is not among `labels`."""
    numbers = numbered(labels, [label for row in rows for label in row["labels"]])
    found = np.zeros((len(rows), len(labels)), dtype=bool)
    for place, row in enumerate(rows):
        found[place, [numbers[label] for label in row["labels"]]] = True
    return found


def f1_of_each(gold: Flags, said: Flags) -> np.ndarray[Any, np.dtype[np.float64]]:
    """F1 of each label; 0 for one that is neither to be found nor said."""
    right = (gold & said).sum(axis=0)
    found: np.ndarray[Any, np.dtype[np.float64]] = 2 * right / np.maximum(1, gold.sum(axis=0) + said.sum(axis=0))
    return found


def multi_label_metrics(gold: Flags, said: Flags) -> Metrics:
    """Micro F1, macro F1 over the labels that occur, and the share of rows whose labels are all right."""
    occurs = (gold | said).any(axis=0)
    right, all_of_them = (gold & said).sum(), gold.sum() + said.sum()
    return {
        "micro_f1": float(2 * right / all_of_them) if all_of_them else 0.0,
        "macro_f1": float(f1_of_each(gold, said)[occurs].mean()) if occurs.any() else 0.0,
        "subset_accuracy": float((gold == said).all(axis=1).mean()),
    }
