"""Sentence embeddings: an encoder whose pooled vectors are near where texts are alike.

Scored pairs are trained by the cosine of their vectors. Pairs alone are trained by finding each text's partner among
the others of the batch (Henderson et al., 2017), texts alone by finding their own copies with words left out. Without
scores, held-out texts are judged by telling true pairs (1) from shuffled ones (0), which is easier than graded
similarity.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from contracts.evaluation import Mistake
from inference.predictors.embedding import Embedder
from inference.predictors.tokens import Text
from tasks import Row, Task
from tasks.hyperparameters import Hyperparameters
from training.common.examples import Examples
from training.common.types import (
    Batch,
    Collator,
    Features,
    FloatArray,
    Json,
    JsonObject,
    Rows,
)
from training.metrics.mistakes import MistakeText, worst
from training.metrics.sums import MetricSums, correlation, moments
from training.recipes.base import (
    BaselineResult,
    GraphInterface,
    Recipe,
    ServedAnswers,
    TaskScorer,
    TaskTrainer,
)

if TYPE_CHECKING:
    from training.common.types import Model, Tensor, Tokenizer

COSINE_SCALE = 20.0
"""By which cosines are multiplied before the softmax over a batch: the usual temperature of 0.05."""
DROPPED_SHARE = 0.3
"""Of a text's words."""
MOMENTS = 6
WORD = r"(?u)\b\w+\b"


class ScoredPair(NamedTuple):
    first: str
    second: str
    score: float


def recipe(
    task: Task, labels: Sequence[str]
) -> Recipe[list[float], list[float], list[float]]:
    trainer = EmbeddingTrainer(task, labels)
    return Recipe(
        task,
        labels,
        trainer,
        EmbeddingScorer(task, labels),
        EmbeddingAnswers(task, labels),
    )


class EmbeddingTrainer(TaskTrainer[list[float]]):
    """A prediction holds the cosine of each pair that the row is judged by."""

    graph = GraphInterface("AutoModel", ("last_hidden_state",))
    min_score, max_score = 0.0, 1.0
    """The range of the training rows' scores."""

    def load_model(self, source: str) -> Model:
        import torch  # noqa: PLC0415
        from transformers import AutoModel  # noqa: PLC0415

        return AutoModel.from_pretrained(source, dtype=torch.float32)

    def encode(
        self, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> Examples:
        """One pair a row, labelled with its score moved to the range from 0 to 1."""
        if "score" in rows[0]:
            for row in rows:
                self.min_score = min(self.min_score, row["score"])
                self.max_score = max(self.max_score, row["score"])
        return Examples.of_blocks(
            rows, lambda block: self._encoded(tokenizer, block, arguments)
        )

    def _encoded(
        self, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> Iterator[Features]:
        firsts, seconds = zip(*map(_texts, rows), strict=True)
        first_ids = tokenizer(
            list(firsts), truncation=True, max_length=arguments.max_length
        )["input_ids"]
        second_ids = tokenizer(
            list(seconds), truncation=True, max_length=arguments.max_length
        )["input_ids"]
        for row, first, second in zip(rows, first_ids, second_ids, strict=True):
            yield {
                "input_ids": np.array(first, dtype=np.int32),
                "pair_input_ids": np.array(second, dtype=np.int32),
                "labels": self._label(row),
            }

    def _label(self, row: Row) -> float:
        if "score" not in row:
            return 1.0
        return float(
            (row["score"] - self.min_score) / (self.max_score - self.min_score)
        )

    def collator(
        self, tokenizer: Tokenizer, multiple: int | None, arguments: Hyperparameters
    ) -> Collator:
        return PairPadding(tokenizer, multiple)

    def loss(self, model: Model, batch: Batch) -> Tensor:
        import torch  # noqa: PLC0415

        first = _pooled(model, batch["input_ids"], batch["attention_mask"])
        second = _pooled(model, batch["pair_input_ids"], batch["pair_attention_mask"])
        if not self.task.variant:
            labels = batch["labels"].to(first.dtype)
            return torch.nn.functional.mse_loss((first * second).sum(dim=-1), labels)
        partners = torch.arange(len(first), device=first.device)
        return torch.nn.functional.cross_entropy(
            COSINE_SCALE * first @ second.T, partners
        )

    def predict(
        self, model: Model, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> list[list[float]]:
        model.config.task_specific_params = {self.task.name: self.settings(arguments)}
        embedder = Embedder(model, tokenizer)
        texts: dict[str, None] = {}
        for pair in judged_pairs(rows):
            texts |= {pair.first: None, pair.second: None}
        vectors = {}
        for text, output in zip(
            texts, embedder.predict([Text(text) for text in texts]), strict=True
        ):
            vectors[text] = embedder.vector(output)
        predictions = []
        for number in range(len(rows)):
            pairs = pairs_of(rows, number)
            predictions.append(
                [float(vectors[pair.first] @ vectors[pair.second]) for pair in pairs]
            )
        return predictions

    def settings(self, arguments: Hyperparameters) -> dict[str, Json]:
        return {"pooling": "mean"}


class EmbeddingScorer(TaskScorer[list[float], list[float]]):
    """An answer holds the cosines of the pairs of one row."""

    def answers(self, predictions: Sequence[list[float]]) -> Sequence[list[float]]:
        return predictions

    def sums(self, answers: Sequence[list[float]], rows: Rows) -> MetricSums:
        return correlation_sums(_joined(answers), rows)

    def mistakes(self, predictions: Sequence[list[float]], rows: Rows) -> list[Mistake]:
        """The pairs whose rank among all, by the cosine, is farthest from their rank by the score; one a row."""
        pairs, cosines = judged_pairs(rows), _joined(predictions)
        score_ranks = _ranks([pair.score for pair in pairs]) / len(pairs)
        distances = np.abs(score_ranks - _ranks(cosines) / len(pairs))
        farthest: list[int] = []
        """For each row, the index of its farthest pair; of equal ones the last."""
        start = 0
        for number in range(len(rows)):
            end = start + len(pairs_of(rows, number))
            farthest.append(
                max(range(start, end), key=lambda index: (distances[index], index))
            )
            start = end

        def describe(row: int) -> MistakeText:
            pair, cosine = pairs[farthest[row]], cosines[farthest[row]]
            return MistakeText(
                f"{pair.first} | {pair.second}", f"{pair.score:.4g}", f"{cosine:.4f}"
            )

        return worst(distances[farthest], describe)

    def number_pairs(
        self, predictions: Sequence[list[float]], rows: Rows
    ) -> list[tuple[float, float]]:
        scores = [float(pair.score) for pair in judged_pairs(rows)]
        return list(zip(scores, _joined(predictions), strict=True))

    def trivial_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        return BaselineResult(
            "all alike", correlation_sums([1.0] * len(judged_pairs(test)), test)
        )

    def reference_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

        texts: list[str] = []
        for row in train:
            texts += _texts(row)
        vectorizer = TfidfVectorizer(sublinear_tf=True, token_pattern=WORD).fit(texts)
        firsts, seconds, _ = zip(*judged_pairs(test), strict=True)
        products = vectorizer.transform(firsts).multiply(vectorizer.transform(seconds))
        cosines = np.asarray(products.sum(axis=1)).ravel()
        return BaselineResult("TF-IDF cosine", correlation_sums(cosines.tolist(), test))


class EmbeddingAnswers(ServedAnswers[list[float], list[float], list[float]]):
    def request(self, row: Row) -> JsonObject:
        first, second = _texts(row)
        return {"inputs": {"source_sentence": first, "sentences": [second]}}

    def evaluation_requests(self, rows: Rows) -> list[JsonObject]:
        """For the cosines of all pairs that a row is judged by."""
        requests: list[JsonObject] = []
        for number in range(len(rows)):
            pairs = pairs_of(rows, number)
            sentences = [pair.second for pair in pairs]
            requests.append(
                {"inputs": {"source_sentence": pairs[0].first, "sentences": sentences}}
            )
        return requests

    def parse_response(self, response: list[float]) -> list[float]:
        return list(map(float, response))

    def disagreement(
        self, response: list[float], prediction: list[float], tolerance: float
    ) -> str | None:
        near = abs(response[0] - prediction[0]) <= tolerance
        return None if near else f"{response[0]:.4f} instead of {prediction[0]:.4f}"


class PairPadding:
    """Pads both texts of each pair, each to the width of its own batch."""

    def __init__(self, tokenizer: Tokenizer, multiple: int | None) -> None:
        from training.recipes.padding import Padding  # noqa: PLC0415

        self._pad = Padding(tokenizer, multiple)

    def __call__(self, examples: Sequence[Features]) -> Batch:
        import torch  # noqa: PLC0415

        batch = self._pad([{"input_ids": example["input_ids"]} for example in examples])
        pairs = self._pad(
            [{"input_ids": example["pair_input_ids"]} for example in examples]
        )
        for name, column in pairs.items():
            batch[f"pair_{name}"] = column
        batch["labels"] = torch.tensor(
            [example["labels"] for example in examples], dtype=torch.float32
        )
        return batch


def _pooled(model: Model, ids: Tensor, mask: Tensor) -> Tensor:
    """The normalised mean of the tokens' vectors without the padding, of shape (rows, dimensions)."""
    import torch  # noqa: PLC0415

    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    mean = (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
    return torch.nn.functional.normalize(mean, dim=-1)


def _texts(row: Row) -> tuple[str, str]:
    """A row's two texts; of a text alone, also a copy with words left out."""
    return row["text"], row["text_pair"] if "text_pair" in row else without_some_words(
        row["text"]
    )


def without_some_words(text: str) -> str:
    """The text without about a third of its words, the same ones every time."""
    rng = random.Random(text)
    return (
        " ".join(word for word in text.split() if rng.random() >= DROPPED_SHARE) or text
    )


def judged_pairs(rows: Rows) -> list[ScoredPair]:
    """The pairs of all rows, in their order."""
    pairs: list[ScoredPair] = []
    for number in range(len(rows)):
        pairs += pairs_of(rows, number)
    return pairs


def pairs_of(rows: Rows, number: int) -> list[ScoredPair]:
    """The scored pair of a row; without a score, the true pair, and one with the next row's second text."""
    row = rows[number]
    if "score" in row:
        return [ScoredPair(row["text"], row["text_pair"], row["score"])]
    first, second = _texts(row)
    _, other = _texts(rows[(number + 1) % len(rows)])
    return [ScoredPair(first, second, 1.0), ScoredPair(first, other, 0.0)]


def _joined(answers: Sequence[list[float]]) -> list[float]:
    cosines: list[float] = []
    for of_row in answers:
        cosines += of_row
    return cosines


def correlation_sums(cosines: Sequence[float], rows: Rows) -> MetricSums:
    """Spearman's and Pearson's correlation of cosines with scores, 0 where one of them does not vary.

    Ranks are those among all pairs, in every resample: ranks within each would no longer be sums over rows.
    """
    scores = [pair.score for pair in judged_pairs(rows)]
    columns = np.concatenate(
        [moments(_ranks(cosines), _ranks(scores)), moments(cosines, scores)], axis=1
    )
    by_row = columns.reshape(len(rows), -1, 2 * MOMENTS).sum(axis=1)
    return MetricSums(by_row, _correlations)


def _correlations(sums: FloatArray) -> dict[str, FloatArray]:
    return {
        "spearman": correlation(sums[:, :MOMENTS]),
        "pearson": correlation(sums[:, MOMENTS:]),
    }


def _ranks(values: Sequence[float]) -> FloatArray:
    """From 1, equal values with their mean rank, of shape (values,)."""
    from scipy.stats import rankdata  # noqa: PLC0415

    ranks: FloatArray = rankdata(values)
    return ranks
