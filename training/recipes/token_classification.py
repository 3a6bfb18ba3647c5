"""Token classification: words or spans aligned to sub-words by where they stand in the text."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tasks import Row, Task
from tasks.arguments import Arguments
from training.metrics.bootstrap import Tally
from training.metrics.calibration import calibration
from training.metrics.entities import entities, entity_metrics, entity_pairs, tag_tally
from training.metrics.mistakes import listed, worst
from training.recipes.base import Baseline, Features, Mistake, Predictions, Recipe, need_places

IGNORED = -100
WORD = re.compile(r"\S+")
Place = tuple[int, int]
"""Start and end in the text."""
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
        """What the model tells apart: beginning and inside of each label of spans, and the rest; else the labels.

        An inside that no row of tags shows is added, for it is what a word's later sub-words are.
        """
        if self.task.variant == "spans":
            return ["O", *(f"{kind}-{label}" for label in labels for kind in "BI")]
        insides = (f"I-{label[2:]}" for label in labels if label.startswith("B-"))
        return [*labels, *(inside for inside in insides if inside not in labels)]

    def prepare(self, model: Any, tokenizer: Any, arguments: Arguments) -> Any:
        need_places(tokenizer)
        return super().prepare(model, tokenizer, arguments)

    def encode(
        self, tokenizer: Any, rows: Sequence[Row], labels: Sequence[str], arguments: Arguments
    ) -> list[Features]:
        """Every sub-word is learnt, since serving shows each: those after a word's first as inside what it begins."""
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
            ids = np.array(encoded["input_ids"][index], dtype=np.int32)
            known = np.full(len(ids), IGNORED, dtype=np.int64)
            real = np.flatnonzero(~np.array(encoded["special_tokens_mask"][index], dtype=bool))
            tags = _learnt(row, [encoded["offset_mapping"][index][at] for at in real])
            known[real] = [IGNORED if tag is None else numbers.get(tag, IGNORED) for tag in tags]
            examples.append({"input_ids": ids, "labels": known})
        return examples

    def predict(self, model: Any, tokenizer: Any, rows: Sequence[Row], arguments: Arguments) -> Predictions:
        from inference.predictors.token_classification import TokenClassifier  # noqa: PLC0415
        from inference.predictors.tokens import Text  # noqa: PLC0415

        predictor = TokenClassifier(model, tokenizer)
        outputs = predictor.predict([Text(text_of(row)) for row in rows])
        return [
            {
                "tags": [predictor.tag(int(piece.scores.argmax())) for piece in output.pieces],
                "places": [(piece.start, piece.end) for piece in output.pieces],
                "leads": [_lead(piece.scores) for piece in output.pieces],
                "confidences": [float(piece.scores.max()) for piece in output.pieces],
                "entities": predictor.entities(output),
            }
            for output in outputs
        ]

    def tally(self, answers: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Tally:
        """Of words, or of sub-words where spans are marked; what was cut off counts as not found."""
        return tag_tally(*self._compared(answers, rows))

    def _compared(self, predictions: Predictions, rows: Sequence[Row]) -> tuple[list[list[str]], list[list[str]]]:
        pairs = [_gold_and_said(*pair) for pair in zip(predictions, rows, strict=True)]
        return [gold for gold, _ in pairs], [said for _, said in pairs]

    def details(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> dict[str, Any]:
        gold, said = self._compared(predictions, rows)
        pairs = Counter((g, s) for one, other in zip(gold, said, strict=True) for g, s in zip(one, other, strict=True))
        tags = self.tags(labels)
        return {
            "labels": tags,
            "confusion": [[pairs[one, other] for other in tags] for one in tags],
            "label_metrics": entity_metrics(entity_pairs(gold, said)),
        }

    def calibration(
        self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]
    ) -> dict[str, Any] | None:
        """Of the tag of every word, or sub-word where spans are marked, that was read."""
        read = [_read_tags(*pair) for pair in zip(predictions, rows, strict=True)]
        found = np.array([each for tags in read for each in tags], dtype=np.float64).reshape(-1, 2)
        return calibration(found[:, 0], found[:, 1])

    def mistakes(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> list[Mistake]:
        """The texts with most wrong entities, missed ones among them; of equal ones the shorter."""
        pairs = entity_pairs(*self._compared(predictions, rows))
        wrong = np.array([len(one ^ other) for one, other in pairs], dtype=np.float64)
        length = np.array([1 / (1 + len(text_of(row))) for row in rows])
        return worst(
            np.where(wrong > 0, wrong + length, 0.0),
            lambda row: (text_of(rows[row]), listed(_marked(rows[row])), listed(_said(predictions[row], rows[row]))),
            wrong,
        )

    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        ((tag, _),) = Counter(tag for row in train for _, tag in words_of(row)).most_common(1)
        gold = [[each for _, each in words_of(row)] for row in test]
        return Baseline(f"always {tag!r}", tag_tally(gold, [[tag] * len(tags) for tags in gold]))

    def reference_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in train:
            for word, tag in words_of(row):
                seen[word.lower()][tag] += 1
        ((usual, _),) = Counter(tag for tags in seen.values() for tag in tags.elements()).most_common(1)
        best = {word: tags.most_common(1)[0][0] for word, tags in seen.items()}
        gold = [[tag for _, tag in words_of(row)] for row in test]
        said = [[best.get(word.lower(), usual) for word, _ in words_of(row)] for row in test]
        return Baseline("each word's most frequent tag", tag_tally(gold, said))

    def request(self, row: Row) -> dict[str, Any]:
        return {"inputs": text_of(row)}

    def outputs(self, labels: Sequence[str]) -> Sequence[str]:
        return self.tags(labels)

    def questions(self, rows: Sequence[Row]) -> list[dict[str, Any]] | None:
        every = {"aggregation_strategy": "none", "ignore_labels": []}
        return [self.request(row) | {"parameters": every} for row in rows]

    def heard(self, response: Any, labels: Sequence[str]) -> Any:
        return {
            "tags": [each["entity"] for each in response],
            "places": [(each["start"], each["end"]) for each in response],
        }

    def disagreement(self, response: Any, prediction: Any, labels: Sequence[str], tolerance: float) -> str | None:
        """Entities may differ where two tags are as good as equal, at twice the tolerance: both may move by it."""
        pairs = zip(prediction["places"], prediction["leads"], strict=True)
        draws = [place for place, lead in pairs if lead <= 2 * tolerance]
        one, other = (
            [each for each in found if not _touched(each, draws)] for found in (response, prediction["entities"])
        )
        if [_what(entity) for entity in one] != [_what(entity) for entity in other]:
            return f"{[_what(e) for e in one][:3]} instead of {[_what(e) for e in other][:3]}"
        far = next(((r, e) for r, e in zip(one, other, strict=True) if abs(r["score"] - e["score"]) > tolerance), None)
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
    places = [match.span() for match in WORD.finditer(row["text"])]
    return [(row["text"][start:end], tag) for (start, end), tag in zip(places, span_tags(row, places), strict=True)]


def _learnt(row: Row, places: Sequence[Place]) -> list[str | None]:
    """The tag of each sub-word; None where it touches no word."""
    if "spans" in row:
        return list(span_tags(row, places))
    found: list[str | None] = [None] * len(places)
    for (_, end, tag), first in first_pieces(row, places):
        if first is None:
            continue
        found[first] = tag
        inside = f"I-{tag[2:]}" if tag.startswith("B-") else tag
        for at in range(first + 1, len(places)):
            if places[at][0] >= end:
                break
            found[at] = inside
    return found


def _gold_and_said(prediction: dict[str, Any], row: Row) -> tuple[list[str], list[str]]:
    tags, places = prediction["tags"], prediction["places"]
    if "spans" in row:
        missing = [span for span in row["spans"] if not places or span["start"] >= places[-1][1]]
        gold = [*span_tags(row, places), *(f"B-{span['label']}" for span in missing)]
        return gold, [*tags, *["O"] * len(missing)]
    found = first_pieces(row, places)
    return [tag for (_, _, tag), _ in found], ["O" if first is None else tags[first] for _, first in found]


def _read_tags(prediction: dict[str, Any], row: Row) -> list[tuple[float, bool]]:
    """Confidence in the tag of each word, or sub-word of a text with spans, and whether it is right."""
    tags, places, confidences = (prediction[name] for name in ("tags", "places", "confidences"))
    if "spans" in row:
        gold = span_tags(row, places)
        return [(sure, said == tag) for sure, said, tag in zip(confidences, tags, gold, strict=True)]
    found = first_pieces(row, places)
    return [(confidences[first], tags[first] == tag) for (_, _, tag), first in found if first is not None]


def _marked(row: Row) -> list[str]:
    """The entities of a row in words."""
    if "spans" in row:
        return [f"{row['text'][span['start'] : span['end']]} ({span['label']})" for span in row["spans"]]
    found = sorted(entities(row["tags"]), key=lambda entity: entity[1])
    return [f"{' '.join(row['tokens'][first : last + 1])} ({name})" for name, first, last in found]


def _said(prediction: dict[str, Any], row: Row) -> list[str]:
    text = text_of(row)
    return [f"{text[each['start'] : each['end']]} ({each['entity_group']})" for each in prediction["entities"]]


def first_pieces(row: Row, places: Sequence[Place]) -> list[tuple[Unit, int | None]]:
    """Each word with the number of its first sub-word; None where it was cut off, or has none of its own.

    By overlap, since some tokenizers count the space before a word as part of it.
    """
    found: list[tuple[Unit, int | None]] = []
    piece = 0
    for unit in units_of(row):
        while piece < len(places) and places[piece][1] <= unit[0]:
            piece += 1
        begins = piece < len(places) and places[piece][0] < unit[1]
        found.append((unit, piece if begins else None))
        piece += begins
    return found


def span_tags(row: Row, places: Sequence[Place]) -> list[str]:
    """The tag of each place: of the first span it touches, `B-` for the first place that touches it."""
    begun: set[int] = set()
    found = []
    for start, end in places:
        touched = (n for n, span in enumerate(row["spans"]) if span["start"] < end and start < span["end"])
        number = next(touched, None)
        found.append("O" if number is None else f"{'I' if number in begun else 'B'}-{row['spans'][number]['label']}")
        begun.add(-1 if number is None else number)
    return found


def _lead(scores: Any) -> float:
    """Of the best tag before the next."""
    if len(scores) < 2:
        return 1.0
    second, first = np.sort(scores)[-2:]
    return float(first - second)


def _touched(entity: dict[str, Any], draws: Sequence[Place]) -> bool:
    """Whether a draw lies in an entity or next to it, where it could have been longer or two."""
    return any(start <= entity["end"] + 1 and end >= entity["start"] - 1 for start, end in draws)


def _what(entity: dict[str, Any]) -> tuple[str, int, int]:
    return entity["entity_group"], entity["start"], entity["end"]
