"""Token classification: the tags of words, or of marked spans, aligned with sub-words by their offsets in the text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from contracts.evaluation import Calibration, LabelMetric, Mistake
from inference.predictors.entities import Entity
from inference.predictors.token_classification import TokenClassifier
from inference.predictors.tokens import Text
from tasks import Row, Task
from tasks.hyperparameters import Hyperparameters
from training.common.examples import Examples
from training.common.types import IGNORED_LABEL, Features, JsonObject, Rows
from training.metrics.calibration import calibration
from training.metrics.entities import (
    Tags,
    entities,
    entity_metrics,
    tagging_pairs,
    tagging_sums,
)
from training.metrics.mistakes import MistakeText, listed, worst
from training.metrics.sums import MetricSums
from training.recipes.base import (
    BaselineResult,
    Details,
    GraphInterface,
    JudgedRow,
    Recipe,
    ServedAnswers,
    TaskScorer,
    TaskTrainer,
    require_offsets,
)
from training.recipes.tagging import (
    Offset,
    expected_entities,
    first_subwords,
    lead_of,
    span_tags,
    subword_tags,
    tagged_words,
    text_of,
    words_of,
)

if TYPE_CHECKING:
    from training.common.types import Model, Tokenizer

MAX_SHOWN_ENTITIES = 3


@dataclass(frozen=True)
class TokenTags:
    """The tag of each token that was read, and its offset in the text."""

    tags: Sequence[str]
    offsets: Sequence[Offset]


@dataclass(frozen=True)
class TaggedRow(TokenTags):
    leads: Sequence[float]
    """Of each token: the score of its tag less that of the next best one."""
    confidences: Sequence[float]
    """Of each token: the score of its tag."""
    entities: Sequence[Entity]


def recipe(
    task: Task, labels: Sequence[str]
) -> Recipe[TaggedRow, TokenTags, list[Entity]]:
    tags = tags_of(task, labels)
    trainer = TokenClassificationTrainer(task, labels, tags)
    scorer = TokenClassificationScorer(task, labels, tags)
    return Recipe(
        task, labels, trainer, scorer, TokenClassificationAnswers(task, labels, tags)
    )


def tags_of(task: Task, labels: Sequence[str]) -> list[str]:
    """What the model's outputs stand for.

    For spans, `O`, and the beginning and the inside of each label; else the labels, and the insides that no row shows,
    because they are what a word's later sub-words are trained as.
    """
    if task.variant == "spans":
        return ["O", *(f"{position}-{label}" for label in labels for position in "BI")]
    insides = [f"I-{label[2:]}" for label in labels if label.startswith("B-")]
    return [*labels, *(inside for inside in insides if inside not in labels)]


class TokenClassificationTrainer(TaskTrainer[TaggedRow]):
    graph = GraphInterface("AutoModelForTokenClassification", ("logits",))
    can_collapse = True

    def __init__(self, task: Task, labels: Sequence[str], tags: Sequence[str]) -> None:
        super().__init__(task, labels)
        self.tags = tags

    def load_model(self, source: str) -> Model:
        import torch  # noqa: PLC0415
        from transformers import AutoModelForTokenClassification  # noqa: PLC0415

        return AutoModelForTokenClassification.from_pretrained(
            source,
            id2label=dict(enumerate(self.tags)),
            label2id={tag: index for index, tag in enumerate(self.tags)},
            dtype=torch.float32,
            ignore_mismatched_sizes=True,
        )

    def prepare(
        self, model: Model, tokenizer: Tokenizer, arguments: Hyperparameters
    ) -> None:
        require_offsets(tokenizer)

    def encode(
        self, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> Examples:
        """Every sub-word is trained, because serving shows each; those after a word's first one as its inside."""
        return Examples.of_blocks(rows, partial(self._encoded, tokenizer, arguments))

    def _encoded(
        self, tokenizer: Tokenizer, arguments: Hyperparameters, rows: Rows
    ) -> Iterator[Features]:
        numbers = {tag: number for number, tag in enumerate(self.tags)}
        encoded = tokenizer(
            [text_of(row) for row in rows],
            truncation=True,
            max_length=arguments.max_length,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            return_attention_mask=False,
        )
        for index, row in enumerate(rows):
            ids = np.array(encoded["input_ids"][index], dtype=np.int32)
            labels = np.full(len(ids), IGNORED_LABEL, dtype=np.int64)
            specials = np.array(encoded["special_tokens_mask"][index], dtype=bool)
            tokens = np.flatnonzero(~specials)
            offsets = [encoded["offset_mapping"][index][token] for token in tokens]
            for token, tag in zip(tokens, subword_tags(row, offsets), strict=True):
                labels[token] = numbers.get(tag or "", IGNORED_LABEL)
            yield {"input_ids": ids, "labels": labels}

    def predict(
        self, model: Model, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> list[TaggedRow]:
        predictor = TokenClassifier(model, tokenizer)
        predictions = []
        for output in predictor.predict([Text(text_of(row)) for row in rows]):
            scores = [piece.scores for piece in output.pieces]
            predictions.append(
                TaggedRow(
                    tags=[predictor.tag(int(of_token.argmax())) for of_token in scores],
                    offsets=[(piece.start, piece.end) for piece in output.pieces],
                    leads=[lead_of(of_token) for of_token in scores],
                    confidences=[float(of_token.max()) for of_token in scores],
                    entities=predictor.entities(output),
                )
            )
        return predictions


class TokenClassificationScorer(TaskScorer[TaggedRow, TokenTags]):
    def __init__(self, task: Task, labels: Sequence[str], tags: Sequence[str]) -> None:
        super().__init__(task, labels)
        self.tags = tags

    def answers(self, predictions: Sequence[TaggedRow]) -> Sequence[TokenTags]:
        return predictions

    def sums(self, answers: Sequence[TokenTags], rows: Rows) -> MetricSums:
        """Over words, or over sub-words where spans are marked; what was cut off counts as missed."""
        return tagging_sums(*_references_and_answers(answers, rows))

    def details(self, predictions: Sequence[TaggedRow], rows: Rows) -> Details:
        references, answers = _references_and_answers(predictions, rows)
        counts: Counter[tuple[str, str]] = Counter()
        for expected, answered in zip(references, answers, strict=True):
            counts.update(zip(expected, answered, strict=True))
        confusion = []
        for expected_tag in self.tags:
            of_tag = [counts[expected_tag, answered_tag] for answered_tag in self.tags]
            confusion.append(tuple(of_tag))
        metrics = entity_metrics(tagging_pairs(references, answers))
        return {
            "labels": tuple(self.tags),
            "confusion": tuple(confusion),
            "label_metrics": metrics,
        }

    def label_metrics(
        self, answers: Sequence[TokenTags], rows: Rows
    ) -> dict[str, LabelMetric]:
        return entity_metrics(tagging_pairs(*_references_and_answers(answers, rows)))

    def judged(self, answers: Sequence[TokenTags], rows: Rows) -> list[JudgedRow]:
        """Right are rows whose entities are all found, and no others."""
        pairs = tagging_pairs(*_references_and_answers(answers, rows))
        judged = []
        for (expected, answered), answer, row in zip(pairs, answers, rows, strict=True):
            names = listed(expected_entities(row)), listed(_named(answer, row))
            text = MistakeText(text_of(row), *names)
            judged.append(JudgedRow(expected == answered, text))
        return judged

    def calibration(self, predictions: Sequence[TaggedRow], rows: Rows) -> Calibration:
        """Of the tag of every word that was read, or of every sub-word where spans are marked."""
        confidences: list[float] = []
        correct: list[bool] = []
        for prediction, row in zip(predictions, rows, strict=True):
            for confidence, is_correct in _confident_tags(prediction, row):
                confidences.append(confidence)
                correct.append(is_correct)
        return calibration(confidences, correct)

    def mistakes(self, predictions: Sequence[TaggedRow], rows: Rows) -> list[Mistake]:
        """The texts with the most wrong entities, missed ones among them; of equal ones the shorter text."""
        pairs = tagging_pairs(*_references_and_answers(predictions, rows))
        wrong = np.array(
            [len(expected ^ answered) for expected, answered in pairs], dtype=np.float64
        )
        shortness = np.array([1 / (1 + len(text_of(row))) for row in rows])

        def describe(row: int) -> MistakeText:
            text, answered = text_of(rows[row]), predictions[row].entities
            return MistakeText(
                text,
                listed(expected_entities(rows[row])),
                listed(_shown(answered, text)),
            )

        return worst(np.where(wrong > 0, wrong + shortness, 0.0), describe, wrong)

    def trivial_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        counts = Counter(tag for row in train for _, tag in words_of(row))
        ((tag, _),) = counts.most_common(1)
        references = _word_tags(test)
        return BaselineResult(
            f"always {tag!r}",
            tagging_sums(references, [[tag] * len(tags) for tags in references]),
        )

    def reference_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in train:
            for word, tag in words_of(row):
                counts[word.lower()][tag] += 1
        all_tags: Counter[str] = Counter()
        for tags in counts.values():
            all_tags.update(tags.elements())
        ((most_frequent, _),) = all_tags.most_common(1)
        best = {word: tags.most_common(1)[0][0] for word, tags in counts.items()}
        answers = []
        for row in test:
            words = [word.lower() for word, _ in words_of(row)]
            answers.append([best.get(word, most_frequent) for word in words])
        return BaselineResult(
            "each word's most frequent tag", tagging_sums(_word_tags(test), answers)
        )


class TokenClassificationAnswers(ServedAnswers[TaggedRow, TokenTags, list[Entity]]):
    def __init__(self, task: Task, labels: Sequence[str], tags: Sequence[str]) -> None:
        super().__init__(task, labels)
        self.tags = tags

    @property
    def class_names(self) -> Sequence[str]:
        return self.tags

    def request(self, row: Row) -> JsonObject:
        return {"inputs": text_of(row)}

    def evaluation_requests(self, rows: Rows) -> list[JsonObject]:
        """For the tag of every token."""
        parameters: JsonObject = {"aggregation_strategy": "none", "ignore_labels": []}
        return [{**self.request(row), "parameters": parameters} for row in rows]

    def parse_response(self, response: list[Entity]) -> TokenTags:
        offsets = [(token["start"], token["end"]) for token in response]
        return TokenTags([token["entity"] for token in response], offsets)

    def disagreement(
        self, response: list[Entity], prediction: TaggedRow, tolerance: float
    ) -> str | None:
        """Entities may differ where two tags are as good as equal, at twice the tolerance: both scores may move."""
        pairs = zip(prediction.offsets, prediction.leads, strict=True)
        ties = [offset for offset, lead in pairs if lead <= 2 * tolerance]
        answered = [entity for entity in response if not _touches(entity, ties)]
        expected = [
            entity for entity in prediction.entities if not _touches(entity, ties)
        ]
        answered_keys, expected_keys = (
            list(map(_key, answered)),
            list(map(_key, expected)),
        )
        if answered_keys != expected_keys:
            return f"{answered_keys[:MAX_SHOWN_ENTITIES]} instead of {expected_keys[:MAX_SHOWN_ENTITIES]}"
        for answer, reference in zip(answered, expected, strict=True):
            if abs(answer["score"] - reference["score"]) > tolerance:
                return f"{_key(answer)} at {answer['score']:.4f} instead of {reference['score']:.4f}"
        return None


def _references_and_answers(
    answers: Sequence[TokenTags], rows: Rows
) -> tuple[list[Tags], list[Tags]]:
    """For each row, the tags that are right and those that are answered, of the same words or sub-words."""
    references: list[Tags] = []
    answered: list[Tags] = []
    for answer, row in zip(answers, rows, strict=True):
        expected_tags, answered_tags = _aligned(answer, row)
        references.append(expected_tags)
        answered.append(answered_tags)
    return references, answered


def _aligned(answer: TokenTags, row: Row) -> tuple[Tags, Tags]:
    """A word or span that was cut off is answered with `O`."""
    tags, offsets = answer.tags, answer.offsets
    if "spans" in row:
        missed = [
            span
            for span in row["spans"]
            if not offsets or span["start"] >= offsets[-1][1]
        ]
        references = [
            *span_tags(row, offsets),
            *(f"B-{span['label']}" for span in missed),
        ]
        return references, [*tags, *["O"] * len(missed)]
    words = first_subwords(row, offsets)
    answered = []
    for _, first in words:
        answered.append("O" if first is None else tags[first])
    return [word.tag for word, _ in words], answered


def _named(answer: TokenTags, row: Row) -> list[str]:
    """The answered entities in words, such as `New York (LOC)`."""
    text, (_, tags) = text_of(row), _aligned(answer, row)
    offsets: Sequence[Offset] = answer.offsets
    if "tokens" in row:
        offsets = [(word.start, word.end) for word in tagged_words(row)]
    named = []
    for entity in sorted(entities(tags), key=lambda entity: entity.first):
        start, end = offsets[entity.first][0], offsets[entity.last][1]
        named.append(f"{text[start:end]} ({entity.name})")
    return named


def _confident_tags(prediction: TaggedRow, row: Row) -> list[tuple[float, bool]]:
    """The confidence in each tag, and whether it is right: of words, or of the sub-words of a text with spans."""
    tags, confidences = prediction.tags, prediction.confidences
    if "spans" in row:
        references = span_tags(row, prediction.offsets)
        correct = [
            tag == expected for tag, expected in zip(tags, references, strict=True)
        ]
        return list(zip(confidences, correct, strict=True))
    words = first_subwords(row, prediction.offsets)
    return [
        (confidences[first], tags[first] == word.tag)
        for word, first in words
        if first is not None
    ]


def _word_tags(rows: Rows) -> list[Tags]:
    tags: list[Tags] = []
    for row in rows:
        tags.append([tag for _, tag in words_of(row)])
    return tags


def _shown(entities: Sequence[Entity], text: str) -> list[str]:
    return [
        f"{text[entity['start'] : entity['end']]} ({entity['entity_group']})"
        for entity in entities
    ]


def _touches(entity: Entity, ties: Sequence[Offset]) -> bool:
    """Whether a tie lies in an entity or next to it, where it could have been longer, or two."""
    return any(
        start <= entity["end"] + 1 and end >= entity["start"] - 1 for start, end in ties
    )


def _key(entity: Entity) -> tuple[str, int, int]:
    return entity["entity_group"], entity["start"], entity["end"]
