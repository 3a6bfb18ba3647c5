"""Sentence embeddings: an encoder whose pooled vectors are near where texts are alike.

Scored pairs are learnt by the cosine of their vectors; pairs alone, by finding each text's partner among the others of
the batch; texts alone, by finding their own copies with words left out. Without scores, held-out texts are judged by
telling true pairs (1) from shuffled ones (0), which is an easier question than graded similarity.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from tasks import Row, Task
from tasks.arguments import Arguments
from training.metrics.bootstrap import Array, Tally
from training.metrics.mistakes import worst
from training.metrics.sums import correlation, moments
from training.recipes.base import Baseline, Collator, Features, Mistake, Predictions, Recipe

SCALE = 20.0
"""Of cosines before the softmax over a batch: the usual temperature of 0.05."""
DROPPED = 0.3
Pair = tuple[str, str, float]


def recipe(task: Task) -> Recipe:
    return SentenceEmbedding(task)


class SentenceEmbedding(Recipe):
    low, high = 0.0, 1.0
    """The range of the training scores."""

    def load_model(self, source: str, labels: Sequence[str]) -> Any:
        import torch  # noqa: PLC0415
        from transformers import AutoModel  # noqa: PLC0415

        return AutoModel.from_pretrained(source, dtype=torch.float32)

    def encode(
        self, tokenizer: Any, rows: Sequence[Row], labels: Sequence[str], arguments: Arguments
    ) -> list[Features]:
        if "score" in rows[0]:
            scores = [row["score"] for row in rows]
            self.low, self.high = min(self.low, *scores), max(self.high, *scores)
        first, second = zip(*map(_texts, rows), strict=True)
        one, two = (
            tokenizer(list(texts), truncation=True, max_length=arguments.max_length)["input_ids"]
            for texts in (first, second)
        )
        return [
            {
                "input_ids": np.array(a, dtype=np.int32),
                "pair_input_ids": np.array(b, dtype=np.int32),
                "labels": (row["score"] - self.low) / (self.high - self.low) if "score" in row else 1.0,
            }
            for a, b, row in zip(one, two, rows, strict=True)
        ]

    def collator(self, tokenizer: Any, multiple: int | None, arguments: Arguments) -> Collator:
        return Pairing(tokenizer, multiple)

    def loss(self, model: Any, batch: dict[str, Any]) -> Any:
        import torch  # noqa: PLC0415

        one = _pooled(model, batch["input_ids"], batch["attention_mask"])
        two = _pooled(model, batch["pair_input_ids"], batch["pair_attention_mask"])
        if not self.task.variant:
            wanted = batch["labels"].to(one.dtype)
            return torch.nn.functional.mse_loss((one * two).sum(dim=-1), wanted)
        places = torch.arange(len(one), device=one.device)
        return torch.nn.functional.cross_entropy(SCALE * one @ two.T, places)

    def predict(self, model: Any, tokenizer: Any, rows: Sequence[Row], arguments: Arguments) -> Predictions:
        """Cosines of the pairs that are judged; of the first rows, what their requests are answered with."""
        from inference.predictors.embedding import Embedder  # noqa: PLC0415
        from inference.predictors.tokens import Text  # noqa: PLC0415

        model.config.task_specific_params = {self.task.name: self.settings(arguments)}
        embedder = Embedder(model, tokenizer)
        pairs = judged_pairs(rows)
        texts = list(dict.fromkeys(text for one, two, _ in pairs for text in (one, two)))
        outputs = embedder.predict([Text(text) for text in texts])
        vectors = {text: embedder.vector(output) for text, output in zip(texts, outputs, strict=True)}
        return [
            {"cosines": [float(vectors[one] @ vectors[two]) for one, two, _ in _of_row(rows, number)]}
            for number in range(len(rows))
        ]

    def tally(self, answers: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Tally:
        return correlation_tally(_cosines(answers), rows)

    def mistakes(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> list[Mistake]:
        """The pairs whose place among all, by the cosine, is farthest from theirs by the score."""
        pairs, cosines = judged_pairs(rows), _cosines(predictions)
        ranks = [_ranks(values) / len(pairs) for values in ([score for _, _, score in pairs], cosines)]
        owners = [number for number in range(len(rows)) for _ in _of_row(rows, number)]
        far = np.abs(ranks[0] - ranks[1])
        first = {owner: at for at, owner in sorted(enumerate(owners), key=lambda each: far[each[0]])}

        def tell(row: int) -> tuple[str, str, str]:
            one, two, score = pairs[first[row]]
            return f"{one} | {two}", f"{score:.4g}", f"{cosines[first[row]]:.4f}"

        return worst([far[first[row]] for row in range(len(rows))], tell)

    def number_pairs(self, predictions: Predictions, rows: Sequence[Row]) -> list[tuple[float, float]]:
        scores = [float(score) for _, _, score in judged_pairs(rows)]
        return list(zip(scores, _cosines(predictions), strict=True))

    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        return Baseline("all alike", correlation_tally([1.0] * len(judged_pairs(test)), test))

    def reference_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

        texts = [text for row in train for text in _texts(row)]
        words = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b").fit(texts)
        first, second, _ = zip(*judged_pairs(test), strict=True)
        cosines = np.asarray(words.transform(first).multiply(words.transform(second)).sum(axis=1)).ravel()
        return Baseline("TF-IDF cosine", correlation_tally(cosines.tolist(), test))

    def request(self, row: Row) -> dict[str, Any]:
        one, two = _texts(row)
        return {"inputs": {"source_sentence": one, "sentences": [two]}}

    def questions(self, rows: Sequence[Row]) -> list[dict[str, Any]] | None:
        pairs = [_of_row(rows, number) for number in range(len(rows))]
        return [{"inputs": {"source_sentence": each[0][0], "sentences": [two for _, two, _ in each]}} for each in pairs]

    def heard(self, response: Any, labels: Sequence[str]) -> Any:
        return {"cosines": list(map(float, response))}

    def disagreement(self, response: Any, prediction: Any, labels: Sequence[str], tolerance: float) -> str | None:
        expected = prediction["cosines"][0]
        near = abs(response[0] - expected) <= tolerance
        return None if near else f"{response[0]:.4f} instead of {expected:.4f}"

    def settings(self, arguments: Arguments) -> dict[str, Any]:
        return {"pooling": "mean"}


class Pairing:
    """Pads both texts of each pair, each to its own width."""

    def __init__(self, tokenizer: Any, multiple: int | None) -> None:
        from training.fine_tuning.batching import Padding  # noqa: PLC0415

        self._pad = Padding(tokenizer, multiple)

    def __call__(self, examples: Sequence[Any]) -> dict[str, Any]:
        import torch  # noqa: PLC0415

        one = self._pad([{"input_ids": example["input_ids"]} for example in examples])
        two = self._pad([{"input_ids": example["pair_input_ids"]} for example in examples])
        labels = torch.tensor([example["labels"] for example in examples], dtype=torch.float32)
        return {**one, **{f"pair_{name}": value for name, value in two.items()}, "labels": labels}


def _pooled(model: Any, ids: Any, mask: Any) -> Any:
    """Normalised means of the tokens' vectors, padding left out."""
    import torch  # noqa: PLC0415

    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return torch.nn.functional.normalize((hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1), dim=-1)


def _texts(row: Row) -> tuple[str, str]:
    """A row's two texts; of one alone, a copy with words left out."""
    return row["text"], row["text_pair"] if "text_pair" in row else thinned(row["text"])


def thinned(text: str) -> str:
    """The text without about a third of its words, the same ones every time."""
    draw = random.Random(text)
    return " ".join(word for word in text.split() if draw.random() >= DROPPED) or text


def judged_pairs(rows: Sequence[Row]) -> list[Pair]:
    return [pair for number in range(len(rows)) for pair in _of_row(rows, number)]


def _of_row(rows: Sequence[Row], number: int) -> list[Pair]:
    """The scored pair; or the true pair and one with the next row's second text."""
    row = rows[number]
    if "score" in row:
        return [(row["text"], row["text_pair"], row["score"])]
    one, two = _texts(row)
    return [(one, two, 1.0), (one, _texts(rows[(number + 1) % len(rows)])[1], 0.0)]


def _cosines(answers: Predictions) -> list[float]:
    return [cosine for each in answers for cosine in each["cosines"]]


def correlation_tally(cosines: Sequence[float], rows: Sequence[Row]) -> Tally:
    """Of cosines with the scores; 0 where one of them does not vary. Places are those among all pairs, in any draw."""
    scores = [score for _, _, score in judged_pairs(rows)]
    columns = np.concatenate([moments(_ranks(cosines), _ranks(scores)), moments(cosines, scores)], axis=1)
    return Tally(columns.reshape(len(rows), -1, 12).sum(axis=1), _correlations)


def _correlations(sums: Array) -> dict[str, Array]:
    return {"spearman": correlation(sums[:, :6]), "pearson": correlation(sums[:, 6:])}


def _ranks(values: Sequence[float]) -> Array:
    from scipy.stats import rankdata  # noqa: PLC0415

    found: Array = rankdata(values)
    return found
