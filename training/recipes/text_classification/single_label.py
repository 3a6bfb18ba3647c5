"""Text classification: an encoder with a classification head, judged by accuracy and macro F1.

The variants, several labels a text and a number a text, differ in targets and metrics: `multi_label`, `regression`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tasks import Row
from tasks.arguments import Arguments
from training.errors import DataError
from training.metrics.bootstrap import Tally
from training.metrics.calibration import calibration
from training.metrics.mistakes import worst
from training.metrics.sums import Classes, class_tally, confusion_matrix, softmax
from training.recipes.base import Baseline, Features, Metrics, Mistake, Predictions, Recipe

ENCODING_BATCH = 10_000
REFERENCE_ROWS = 50_000
"""More rows would make the reference take minutes and hardly better."""


class TextClassification(Recipe):
    problem = "single_label_classification"
    """What `config.json` says of the answers, by which serving turns logits into scores."""

    def names(self, labels: Sequence[str]) -> Sequence[str]:
        """Of the model's outputs."""
        return labels

    def targets(self, rows: Sequence[Row], labels: Sequence[str]) -> Sequence[Any]:
        """What the model is to say of each row."""
        return list(map(int, classes(rows, labels)))

    def load_model(self, source: str, labels: Sequence[str]) -> Any:
        import torch  # noqa: PLC0415
        from transformers import AutoModelForSequenceClassification  # noqa: PLC0415

        names = self.names(labels)
        return AutoModelForSequenceClassification.from_pretrained(
            source,
            id2label=dict(enumerate(names)),
            label2id={name: index for index, name in enumerate(names)},
            problem_type=self.problem,
            dtype=torch.float32,
            ignore_mismatched_sizes=True,
        )

    def encode(
        self, tokenizer: Any, rows: Sequence[Row], labels: Sequence[str], arguments: Arguments
    ) -> list[Features]:
        targets = self.targets(rows, labels)
        paired = np.array(["text_pair" in row for row in rows])
        examples: list[Features] = [{} for _ in rows]
        for members in (np.flatnonzero(~paired), np.flatnonzero(paired)):
            for start in range(0, len(members), ENCODING_BATCH):
                batch = members[start : start + ENCODING_BATCH].tolist()
                encoded = _tokenize(
                    tokenizer, [rows[index] for index in batch], arguments.max_length, segments=bool(paired.any())
                )
                for index, example in zip(batch, encoded, strict=True):
                    examples[index] = {**example, "labels": targets[index]}
        return examples

    def measure_logits(self, logits: Any, references: Any) -> Metrics:
        return class_tally(references, logits.argmax(axis=-1)).metrics()

    def predict(self, model: Any, tokenizer: Any, rows: Sequence[Row], arguments: Arguments) -> Predictions:
        from inference.predictors.text_classification import TextClassifier  # noqa: PLC0415
        from inference.predictors.tokens import Text  # noqa: PLC0415

        texts = [Text(row["text"], row.get("text_pair")) for row in rows]
        return [output.values for output in TextClassifier(model, tokenizer).predict(texts)]

    def answers(self, predictions: Predictions) -> Predictions:
        """The number of each row's class."""
        found: list[int] = np.array(predictions).argmax(axis=-1).tolist()
        return found

    def tally(self, answers: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Tally:
        return class_tally(classes(rows, labels), np.array(answers, dtype=np.int64))

    def details(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> dict[str, Any]:
        matrix = confusion_matrix(classes(rows, labels), np.array(predictions).argmax(axis=-1), len(labels))
        return {"labels": list(labels), "confusion": matrix.tolist()}

    def calibration(
        self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]
    ) -> dict[str, Any] | None:
        scores, gold = self.scores(predictions), classes(rows, labels)
        # The squared distance of the scores from 1 for the right class and 0 for all others.
        brier = (scores**2).sum(axis=1) - 2 * scores[np.arange(len(gold)), gold] + 1
        return calibration(scores.max(axis=1), scores.argmax(axis=1) == gold, float(brier.mean()))

    def mistakes(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> list[Mistake]:
        """The most confident ones."""
        scores, gold = self.scores(predictions), classes(rows, labels)
        said = scores.argmax(axis=1)
        return worst(
            np.where(said == gold, 0.0, scores.max(axis=1)),
            lambda row: (shown(rows[row]), labels[gold[row]], labels[said[row]]),
        )

    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        ((label, _),) = Counter(row["label"] for row in train).most_common(1)
        references = classes(test, labels)
        answers = np.full_like(references, labels.index(label))
        return Baseline(f"always {label!r}", class_tally(references, answers))

    def reference_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

        train = sample(train, REFERENCE_ROWS)
        seen, unseen = word_features(train, test)
        answers = LogisticRegression(C=10.0, max_iter=300).fit(seen, classes(train, labels)).predict(unseen)
        return Baseline("TF-IDF (1-2 words) + logistic regression", class_tally(classes(test, labels), answers))

    def request(self, row: Row) -> dict[str, Any]:
        if "text_pair" in row:
            return {"inputs": {"text": row["text"], "text_pair": row["text_pair"]}}
        return {"inputs": row["text"]}

    def outputs(self, labels: Sequence[str]) -> Sequence[str]:
        return self.names(labels)

    def heard(self, response: Any, labels: Sequence[str]) -> Any:
        answer = response[0] if isinstance(response, list) else response
        return list(labels).index(answer["label"])

    def scores(self, prediction: Any) -> Any:
        """What serving answers with, of all the outputs."""
        return softmax(np.asarray(prediction, dtype=np.float64))

    def disagreement(self, response: Any, prediction: Any, labels: Sequence[str], tolerance: float) -> str | None:
        scores, names = self.scores(prediction), self.names(labels)
        best = int(scores.argmax())
        answer = response[0] if isinstance(response, list) else response
        found = names.index(answer["label"]) if answer["label"] in names else None
        near = found is not None and abs(scores[found] - answer["score"]) <= tolerance
        if near and scores[best] - scores[found] <= tolerance:
            return None
        return f"{answer['label']!r} at {answer['score']:.4f} instead of {names[best]!r} at {scores[best]:.4f}"


def classes(rows: Sequence[Row], labels: Sequence[str]) -> Classes:
    numbers = numbered(labels, [row["label"] for row in rows])
    return np.array([numbers[row["label"]] for row in rows], dtype=np.int64)


def shown(row: Row) -> str:
    return f"{row['text']} | {row['text_pair']}" if "text_pair" in row else str(row["text"])


def numbered(labels: Sequence[str], used: Sequence[str]) -> dict[str, int]:
    """The number of each label. Raises `DataError` where one that is used has none."""
    numbers = {label: number for number, label in enumerate(labels)}
    unknown = [label for label in used if label not in numbers]
    if unknown:
        known = ", ".join(map(repr, labels[:10])) + (", …" if len(labels) > 10 else "")
        raise DataError(
            f"expected one of the labels {known}; found {unknown[0]!r} in {len(unknown):,} rows. "
            "Correct the label, or add rows of that class to the training split."
        )
    return numbers


def _tokenize(tokenizer: Any, rows: Sequence[Row], max_length: int, segments: bool) -> Iterator[dict[str, Any]]:
    """Rows that all have a pair, or all have none."""
    pairs = [row["text_pair"] for row in rows] if "text_pair" in rows[0] else None
    texts = [row["text"] for row in rows]
    encoded = tokenizer(texts, pairs, truncation=True, max_length=max_length, return_attention_mask=False)
    names = [name for name in tokenizer.model_input_names if name in encoded]
    if not segments and "token_type_ids" in names and not any(encoded["token_type_ids"][0]):
        # All zeros, which is what a model takes where it is given none.
        names.remove("token_type_ids")
    for values in zip(*(encoded[name] for name in names), strict=True):
        yield {name: np.array(value, dtype=np.int32) for name, value in zip(names, values, strict=True)}


def word_features(train: Sequence[Row], test: Sequence[Row]) -> tuple[Any, Any]:
    """TF-IDF of one and two words, of the training and the held-out rows."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=200_000, dtype=np.float32)
    return words.fit_transform(map(_joined, train)), words.transform(map(_joined, test))


def _joined(row: Row) -> str:
    return f"{row['text']} {row.get('text_pair', '')}"


def sample(rows: Sequence[Row], most: int) -> Sequence[Row]:
    if len(rows) <= most:
        return rows
    return [rows[index] for index in np.random.default_rng(0).choice(len(rows), most, replace=False)]
