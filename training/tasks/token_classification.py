"""Token classification: words or spans aligned to sub-words by where they stand in the text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tasks import Row, Task
from tasks.arguments import Arguments
from training.entities import tag_metrics
from training.tasks.base import Baseline, Features, Metrics, Predictions, Recipe

IGNORED = -100
Unit = tuple[int, int, str]
"""Start and end in the text, and the tag."""


def recipe(task: Task) -> Recipe:
    return TokenClassification(task)


class TokenClassification(Recipe):
    def load_model(self, source: str, labels: Sequence[str]) -> Any:
        import torch  # noqa: PLC0415
        from transformers import AutoModelForTokenClassification  # noqa: PLC0415

        tags = self.tags(labels)
        return AutoModelForTokenClassification.from_pretrained(
            source,
            id2label=dict(enumerate(tags)),
            label2id={tag: index for index, tag in enumerate(tags)},
            dtype=torch.float32,
            ignore_mismatched_sizes=True,
        )

    def tags(self, labels: Sequence[str]) -> list[str]:
        """What the model tells apart: the labels, or for spans the beginning and the inside of each, and the rest."""
        if self.task.variant != "spans":
            return list(labels)
        return ["O", *(f"{kind}-{label}" for label in labels for kind in "BI")]

    def encode(
        self, tokenizer: Any, rows: Sequence[Row], labels: Sequence[str], arguments: Arguments
    ) -> list[Features]:
        numbers = {tag: number for number, tag in enumerate(self.tags(labels))}
        encoded = tokenizer(
            [text_of(row) for row in rows],
            truncation=True,
            max_length=arguments.max_length,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            return_attention_mask=False,
        )
        examples = []
        for index, row in enumerate(rows):
            places, special = encoded["offset_mapping"][index], encoded["special_tokens_mask"][index]
            tags = self._aligned(row, [None if s else place for place, s in zip(places, special, strict=True)])
            ids = np.array(encoded["input_ids"][index], dtype=np.int32)
            known = np.array([IGNORED if tag is None else numbers.get(tag, IGNORED) for tag in tags], dtype=np.int64)
            examples.append({"input_ids": ids, "labels": known})
        return examples

    def _aligned(self, row: Row, places: Sequence[tuple[int, int] | None]) -> list[str | None]:
        """A tag for each sub-word that has one: the first of each word, or every one where spans are marked."""
        if "spans" in row:
            return [_span_tag(row["spans"], place) if place else None for place in places]
        first = {start: tag for start, _, tag in units_of(row)}
        return [first.get(place[0]) if place else None for place in places]

    def predict(self, model: Any, tokenizer: Any, rows: Sequence[Row], arguments: Arguments) -> Predictions:
        from inference.predictors.token_classification import TokenClassifier  # noqa: PLC0415
        from inference.predictors.tokens import Text  # noqa: PLC0415

        predictor = TokenClassifier(model, tokenizer)
        outputs = predictor.predict([Text(text_of(row)) for row in rows])
        return [
            {
                "tags": {piece.start: predictor.tag(int(piece.scores.argmax())) for piece in output.pieces},
                "places": [(piece.start, piece.end) for piece in output.pieces],
                "entities": predictor.entities(output),
            }
            for output in outputs
        ]

    def measure(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Metrics:
        """Of words, or of sub-words where spans are marked; what was cut off counts as not found."""
        gold, said = zip(*(self._compared(*pair) for pair in zip(predictions, rows, strict=True)), strict=True)
        return tag_metrics(gold, said)

    def _compared(self, prediction: dict[str, Any], row: Row) -> tuple[list[str], list[str]]:
        tags = prediction["tags"]
        if "spans" in row:
            places = prediction["places"]
            missing = [span for span in row["spans"] if not places or span["start"] >= places[-1][1]]
            gold = [_span_tag(row["spans"], place) for place in places] + [f"B-{span['label']}" for span in missing]
            return gold, [tags[start] for start, _ in places] + ["O"] * len(missing)
        units = list(units_of(row))
        return [tag for _, _, tag in units], [tags.get(start, "O") for start, _, _ in units]

    def details(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> dict[str, Any]:
        gold, said = zip(*(self._compared(*pair) for pair in zip(predictions, rows, strict=True)), strict=True)
        pairs = Counter((g, s) for one, other in zip(gold, said, strict=True) for g, s in zip(one, other, strict=True))
        tags = self.tags(labels)
        return {"labels": tags, "confusion": [[pairs[one, other] for other in tags] for one in tags]}

    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        ((tag, _),) = Counter(tag for row in train for _, tag in words_of(row)).most_common(1)
        gold = [[each for _, each in words_of(row)] for row in test]
        return Baseline(f"always {tag!r}", tag_metrics(gold, [[tag] * len(tags) for tags in gold]))

    def reference_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in train:
            for word, tag in words_of(row):
                seen[word.lower()][tag] += 1
        ((usual, _),) = Counter(tag for tags in seen.values() for tag in tags.elements()).most_common(1)
        best = {word: tags.most_common(1)[0][0] for word, tags in seen.items()}
        gold = [[tag for _, tag in words_of(row)] for row in test]
        said = [[best.get(word.lower(), usual) for word, _ in words_of(row)] for row in test]
        return Baseline("each word's most frequent tag", tag_metrics(gold, said))

    def request(self, row: Row) -> dict[str, Any]:
        return {"inputs": text_of(row)}

    def disagreement(self, response: Any, prediction: Any, labels: Sequence[str], tolerance: float) -> str | None:
        expected = prediction["entities"]
        if [_what(entity) for entity in response] != [_what(entity) for entity in expected]:
            return f"{[_what(e) for e in response][:3]} instead of {[_what(e) for e in expected][:3]}"
        pairs = zip(response, expected, strict=True)
        far = next(((r, e) for r, e in pairs if abs(r["score"] - e["score"]) > tolerance), None)
        return f"{_what(far[0])} at {far[0]['score']:.4f} instead of {far[1]['score']:.4f}" if far else None


def text_of(row: Row) -> str:
    """The text as it is, or the tokens with a space between them."""
    return str(row["text"]) if "text" in row else " ".join(row["tokens"])


def units_of(row: Row) -> Iterator[Unit]:
    """The words of a row of tokens, where they stand in `text_of`."""
    start = 0
    for token, tag in zip(row["tokens"], row["tags"], strict=True):
        yield start, start + len(token), tag
        start += len(token) + 1


def words_of(row: Row) -> list[tuple[str, str]]:
    """Words with their tags; a text's words are those between spaces."""
    if "tokens" in row:
        return list(zip(row["tokens"], row["tags"], strict=True))
    found, start = [], 0
    for word in row["text"].split(" "):
        found.append((word, _span_tag(row["spans"], (start, start + len(word)))))
        start += len(word) + 1
    return found


def _span_tag(spans: Sequence[dict[str, Any]], place: tuple[int, int]) -> str:
    """The tag of a sub-word: of the span that its middle lies in, `B-` where nothing of the span stands before it."""
    start, end = place
    for span in spans:
        if span["start"] < max(end, start + 1) and start < span["end"]:
            return f"{'B' if start <= span['start'] else 'I'}-{span['label']}"
    return "O"


def _what(entity: dict[str, Any]) -> tuple[str, int, int]:
    return entity["entity_group"], entity["start"], entity["end"]
