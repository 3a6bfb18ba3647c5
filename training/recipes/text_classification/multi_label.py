"""Multi-label text classification: each label by itself is given or not, at a probability of one half."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tasks import Row
from training.metrics.bootstrap import Array, Tally
from training.metrics.calibration import calibration
from training.metrics.mistakes import listed, worst
from training.metrics.sums import ratio
from training.recipes.base import Baseline, Metrics, Mistake, Predictions
from training.recipes.text_classification.single_label import (
    REFERENCE_ROWS,
    TextClassification,
    numbered,
    sample,
    shown,
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
        return multi_label_tally(np.asarray(references) > 0.5, np.asarray(logits) > 0).metrics()

    def answers(self, predictions: Predictions) -> Predictions:
        """Of each row, which labels are given."""
        return list(np.array(predictions) > 0)

    def tally(self, answers: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Tally:
        return multi_label_tally(flags(rows, labels), np.array(answers))

    def details(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> dict[str, Any]:
        gold, said = flags(rows, labels), np.array(predictions) > 0
        f1, given = f1_of_each(gold, said), gold.sum(axis=0)
        found = {
            label: {"f1": float(each), "rows": int(count)} for label, each, count in zip(labels, f1, given, strict=True)
        }
        return {"labels": list(labels), "label_metrics": found}

    def calibration(
        self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]
    ) -> dict[str, Any] | None:
        """Of every label by itself: that it is given, or that it is not."""
        scores, gold = self.scores(predictions), flags(rows, labels)
        return calibration(np.maximum(scores, 1 - scores), (scores > 0.5) == gold, float(((scores - gold) ** 2).mean()))

    def mistakes(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> list[Mistake]:
        """Those with the most confident wrong label."""
        scores, gold = self.scores(predictions), flags(rows, labels)
        said = scores > 0.5
        named = [[[labels[at] for at in np.flatnonzero(each).tolist()] for each in found] for found in (gold, said)]
        return worst(
            np.where(said == gold, 0.0, np.maximum(scores, 1 - scores)).max(axis=1),
            lambda row: (shown(rows[row]), listed(named[0][row]), listed(named[1][row])),
        )

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
        return Baseline(f"always {names}", multi_label_tally(flags(test, labels), answers))

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
        tally = multi_label_tally(flags(test, labels), np.stack(columns, axis=1))
        return Baseline("TF-IDF (1-2 words) + logistic regression for each label", tally)

    def questions(self, rows: Sequence[Row]) -> list[dict[str, Any]] | None:
        return [self.request(row) | {"parameters": {"top_k": None}} for row in rows]

    def heard(self, response: Any, labels: Sequence[str]) -> Any:
        """Raises `ValueError` for an answer that does not tell every label."""
        scores = {each["label"]: each["score"] for each in response}
        if len(scores) != len(labels):
            raise ValueError(f"{len(scores)} labels instead of {len(labels)}")
        return np.array([scores[label] > 0.5 for label in labels])

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


def multi_label_tally(gold: Flags, said: Flags) -> Tally:
    """Micro F1, macro F1 over the labels that occur, and the share of rows whose labels are all right."""
    from scipy.sparse import csr_array  # noqa: PLC0415

    exact = (gold == said).all(axis=1)[:, None]
    columns = np.concatenate([gold & said, gold.astype(np.int8) + said, exact, np.ones_like(exact)], axis=1)
    return Tally(csr_array(columns).astype(np.float64), _multi_label_metrics)


def _multi_label_metrics(sums: Array) -> dict[str, Array]:
    """`sums`: how often each label is right, then how often it is given or said, the exact rows, all rows."""
    right, occurrences = np.split(sums[:, :-2], 2, axis=1)
    f1 = ratio(2 * right, occurrences).sum(axis=1)
    return {
        "micro_f1": ratio(2 * right.sum(axis=1), occurrences.sum(axis=1)),
        "macro_f1": f1 / np.maximum(1, (occurrences > 0).sum(axis=1)),
        "subset_accuracy": ratio(sums[:, -2], sums[:, -1]),
    }
