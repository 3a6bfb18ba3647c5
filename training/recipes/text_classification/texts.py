"""What the variants of text classification share: an encoder reads a text, or a pair of texts, and gives numbers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from inference.predictors.text_classification import LabelScore, TextClassifier
from inference.predictors.tokens import Text
from tasks import Row
from tasks.hyperparameters import Hyperparameters
from training.common.errors import DataError
from training.common.examples import Examples, blocks
from training.common.types import Features, FloatArray, JsonObject, Rows
from training.recipes.base import GraphInterface, ServedAnswers, TaskTrainer

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

    from training.common.types import Model, SparseArray, Tokenizer

MAX_REFERENCE_ROWS = 50_000
"""With more rows the reference baseline would take minutes and hardly be better."""
MAX_WORD_FEATURES = 200_000
MAX_LISTED_LABELS = 10
SIMILARITY_WEIGHT = 10.0
"""Of the cosine of a pair's texts among thousands of words, so that regularisation hardly shrinks it."""


LabelResponse: TypeAlias = list[LabelScore] | LabelScore
"""For a pair of texts without `top_k`, the pipeline responds with one label, not with a list."""
AnswerT = TypeVar("AnswerT")


class TextTrainer(TaskTrainer[FloatArray]):
    """A prediction is the row's logits, of shape (outputs,)."""

    graph = GraphInterface("AutoModelForSequenceClassification", ("logits",))
    can_collapse = True
    problem_type: str
    """In `config.json`: by it, serving turns logits into scores."""

    @property
    def output_names(self) -> Sequence[str]:
        return self.labels

    @abstractmethod
    def targets(self, rows: Rows) -> Sequence[object]:
        """For each row, what the model should output. Raises `DataError`."""

    def load_model(self, source: str) -> Model:
        import torch  # noqa: PLC0415
        from transformers import AutoModelForSequenceClassification  # noqa: PLC0415

        return AutoModelForSequenceClassification.from_pretrained(
            source,
            id2label=dict(enumerate(self.output_names)),
            label2id={name: index for index, name in enumerate(self.output_names)},
            problem_type=self.problem_type,
            dtype=torch.float32,
            ignore_mismatched_sizes=True,
        )

    def encode(
        self, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> Examples:
        """One example a row."""
        segments = any("text_pair" in row for row in rows)
        targets = self.targets(rows)
        encoded = _encoded(tokenizer, rows, arguments.max_length, segments=segments)
        return Examples(
            {**columns, "labels": target}
            for columns, target in zip(encoded, targets, strict=True)
        )

    @property
    def validation_metric(self) -> str:
        return self.task.metric

    def predict(
        self, model: Model, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> list[FloatArray]:
        texts = [Text(row["text"], row.get("text_pair")) for row in rows]
        return [
            output.values for output in TextClassifier(model, tokenizer).predict(texts)
        ]


class TextAnswers(ServedAnswers[FloatArray, AnswerT, LabelResponse]):
    def request(self, row: Row) -> JsonObject:
        if "text_pair" in row:
            return {"inputs": {"text": row["text"], "text_pair": row["text_pair"]}}
        return {"inputs": row["text"]}


class BestLabelAnswers(TextAnswers[AnswerT]):
    """A response to `request` names the label with the highest score."""

    @property
    def class_names(self) -> Sequence[str]:
        return self.labels

    @abstractmethod
    def scores(self, logits: FloatArray) -> FloatArray:
        """What serving responds with: a score from 0 to 1 for each label, of shape (labels,)."""

    def disagreement(
        self, response: LabelResponse, prediction: FloatArray, tolerance: float
    ) -> str | None:
        """Another label may be named where its score is the highest within the tolerance."""
        scores = self.scores(prediction)
        best = int(scores.argmax())
        answer = first_label(response)
        if answer["label"] in self.labels:
            named = self.labels.index(answer["label"])
            right_score = abs(scores[named] - answer["score"]) <= tolerance
            if right_score and scores[best] - scores[named] <= tolerance:
                return None
        answered = f"{answer['label']!r} at {answer['score']:.4f}"
        return f"{answered} instead of {self.labels[best]!r} at {scores[best]:.4f}"


def first_label(response: LabelResponse) -> LabelScore:
    return response[0] if isinstance(response, list) else response


def shown(row: Row) -> str:
    """The row's text or texts, for a person."""
    return (
        f"{row['text']} | {row['text_pair']}"
        if "text_pair" in row
        else str(row["text"])
    )


def label_numbers(labels: Sequence[str], used: Iterable[str]) -> dict[str, int]:
    """The index of each label. Raises `DataError` where one that is used is not among them."""
    numbers = {label: number for number, label in enumerate(labels)}
    unknown = [label for label in used if label not in numbers]
    if unknown:
        listed = ", ".join(map(repr, labels[:MAX_LISTED_LABELS]))
        more = ", …" if len(labels) > MAX_LISTED_LABELS else ""
        raise DataError(
            f"expected one of the labels {listed}{more}; found {unknown[0]!r} in {len(unknown):,} rows. "
            "Correct the label, or add rows of that class to the training split."
        )
    return numbers


def _encoded(
    tokenizer: Tokenizer, rows: Rows, max_length: int, *, segments: bool
) -> Iterator[Features]:
    """The columns of each row, whether it is a pair or not."""
    for block in blocks(rows):
        paired = np.array(["text_pair" in row for row in block])
        columns: list[Features] = [{} for _ in block]
        for indexes in (
            np.flatnonzero(~paired).tolist(),
            np.flatnonzero(paired).tolist(),
        ):
            if not indexes:
                continue
            alike = [block[index] for index in indexes]
            tokenized = _tokenize(tokenizer, alike, max_length, segments=segments)
            for index, of_row in zip(indexes, tokenized, strict=True):
                columns[index] = of_row
        yield from columns


def _tokenize(
    tokenizer: Tokenizer, rows: Rows, max_length: int, segments: bool
) -> Iterator[Features]:
    """The columns of each row; the rows all have a pair, or all have none."""
    texts = [row["text"] for row in rows]
    pairs = [row["text_pair"] for row in rows] if "text_pair" in rows[0] else None
    encoded = tokenizer(
        texts,
        pairs,
        truncation=True,
        max_length=max_length,
        return_attention_mask=False,
    )
    names = [name for name in tokenizer.model_input_names if name in encoded]
    if (
        not segments
        and "token_type_ids" in names
        and not any(encoded["token_type_ids"][0])
    ):
        # All zeros, which is what a model takes where it is given none.
        names.remove("token_type_ids")
    columns = [encoded[name] for name in names]
    for values in zip(*columns, strict=True):
        yield {
            name: np.array(value, dtype=np.int32)
            for name, value in zip(names, values, strict=True)
        }


def word_features(train: Rows, test: Rows) -> tuple[SparseArray, SparseArray]:
    """TF-IDF of one and two words, of pairs also their cosine, of shape (rows, features), of both sets of rows."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2),
        sublinear_tf=True,
        max_features=MAX_WORD_FEATURES,
        dtype=np.float32,
    )
    train_features = vectorizer.fit_transform(map(_joined, train))
    test_features = vectorizer.transform(map(_joined, test))
    if not any("text_pair" in row for row in train):
        return train_features, test_features
    return (
        _with_similarity(vectorizer, train_features, train),
        _with_similarity(vectorizer, test_features, test),
    )


def _with_similarity(
    vectorizer: TfidfVectorizer, features: SparseArray, rows: Rows
) -> SparseArray:
    """With the cosine of each row's two texts as one more feature: what pairs are mostly about."""
    from scipy.sparse import csr_array, hstack  # noqa: PLC0415

    first = vectorizer.transform(row["text"] for row in rows)
    second = vectorizer.transform(row.get("text_pair", "") for row in rows)
    cosines = np.asarray(first.multiply(second).sum(axis=1)).reshape(-1, 1)
    combined: SparseArray = hstack(
        [features, csr_array(SIMILARITY_WEIGHT * cosines)]
    ).tocsr()
    return combined


def _joined(row: Row) -> str:
    return f"{row['text']} {row.get('text_pair', '')}"


def sample(rows: Rows, most: int) -> Rows:
    """At most so many of the rows, drawn at random, the same ones every time."""
    if len(rows) <= most:
        return rows
    rng = np.random.default_rng(0)
    return [rows[index] for index in rng.choice(len(rows), most, replace=False)]
