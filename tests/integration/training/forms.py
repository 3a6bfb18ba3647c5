"""Canonical rows of every form of every task, and how much training a tiny model needs to learn something of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tasks import Row, Task
from tests import tiny_model
from tests.tiny_models import build_llama, build_masked_bert, build_t5

PLACES = ("prague", "lagos", "kyoto", "london")
NAMES = ("ada byron", "max weber", "mei chen", "tom")
Sentence = tuple[list[str], list[str]]


@dataclass(frozen=True)
class Trial:
    """A form's rows and base model; `labels` are what its spec holds."""

    row: Callable[[random.Random], Row]
    labels: Sequence[str] = ()
    base: Callable[[Path], Path] = tiny_model.build
    hyperparameters: dict[str, Any] = field(default_factory=dict)

    def rows(self, count: int, seed: int) -> list[Row]:
        draw = random.Random(seed)
        return [self.row(draw) for _ in range(count)]


def _review(draw: random.Random) -> Row:
    label, words = draw.choice(
        (("positive", "good great lovely"), ("negative", "bad awful dull"))
    )
    return {
        "text": f"the {draw.choice(words.split())} film number {draw.randint(0, 9)}",
        "label": label,
    }


def _ticket(draw: random.Random) -> Row:
    words = {"bug": "awful", "1": "great", "größe": "dull"}
    labels = sorted(label for label in words if draw.random() < 0.4)
    return {
        "text": " ".join(["the film", *(words[label] for label in labels)]),
        "labels": labels,
    }


def _rating(draw: random.Random) -> Row:
    words = {1.5: "awful", 3.0: "dull", 4.5: "good"}
    score = draw.choice(list(words))
    return {
        "text": f"a {words[score]} film number {draw.randint(0, 9)}",
        "score": 1000 * score,
    }


def _sentence(draw: random.Random) -> Sentence:
    name, place = draw.choice(NAMES).split(), draw.choice(PLACES)
    tags = ["B-PER", *["I-PER"] * (len(name) - 1)]
    return [*name, "was", "in", place, "."], [*tags, "O", "O", "B-LOC", "O"]


def _tagged(draw: random.Random) -> Row:
    tokens, tags = _sentence(draw)
    return {"tokens": tokens, "tags": tags}


def _marked(draw: random.Random) -> Row:
    name, place = draw.choice(NAMES), draw.choice(PLACES)
    text = f"{name} was in {place}."
    spans = [
        {"start": 0, "end": len(name), "label": "person"},
        {"start": text.index(place), "end": len(text) - 1, "label": "place"},
    ]
    return {"text": text, "spans": spans}


def _question(draw: random.Random) -> Row:
    place = draw.choice(PLACES)
    context = f"{draw.choice(NAMES)} was in {place} {draw.randint(0, 9)}."
    return {
        "question": "where?",
        "context": context,
        "answers": [{"text": place, "start": context.index(place)}],
    }


def _pair_of(source: str, target: str) -> Callable[[random.Random], Row]:
    def row(draw: random.Random) -> Row:
        place = draw.choice(PLACES)
        return {
            source: f"{draw.choice(NAMES)} was in {place}",
            target: f"the council met in {place}",
        }

    return row


def _text(draw: random.Random) -> Row:
    return {
        "text": f"the council of {draw.choice(PLACES)} met and decided to build a bridge over the river"
    }


def _chat(draw: random.Random) -> Row:
    place = draw.choice(PLACES)
    question = {"role": "user", "content": f"where is {place}?"}
    return {
        "messages": [
            question,
            {"role": "assistant", "content": f"{place} is over the river"},
        ]
    }


def _alike(draw: random.Random) -> Row:
    one, other = draw.choice(PLACES), draw.choice(PLACES)
    return {
        "text": f"a film in {one}",
        "text_pair": f"{other} on film",
        "score": 5.0 if one == other else 0.5,
    }


def _partners(draw: random.Random) -> Row:
    pair = _alike(draw)
    place = pair["text"].split()[-1]
    return {
        "text": f"{pair['text']} {draw.randint(0, 9)}",
        "text_pair": f"{place} on film",
    }


_ENCODER = {"epochs": 4, "min_steps": 0, "train_batch_size": 16, "learning_rate": 1e-3}
_WRITER = {"epochs": 4, "min_steps": 0, "train_batch_size": 16, "learning_rate": 5e-3}
_SEQ2SEQ = _WRITER | {"max_target_length": 24, "max_length": 64}

TRIALS: dict[str, Trial] = {
    "text-classification": Trial(
        _review, ("negative", "positive"), hyperparameters=_ENCODER
    ),
    "text-classification/multi-label": Trial(
        _ticket, ("1", "bug", "größe"), hyperparameters=_ENCODER
    ),
    "text-classification/regression": Trial(_rating, hyperparameters=_ENCODER),
    "token-classification": Trial(
        _tagged, ("B-LOC", "B-PER", "I-PER", "O"), hyperparameters=_ENCODER
    ),
    "token-classification/spans": Trial(
        _marked, ("person", "place"), hyperparameters=_ENCODER
    ),
    "question-answering": Trial(_question, hyperparameters=_ENCODER | {"epochs": 6}),
    "summarization": Trial(_pair_of("document", "summary"), (), build_t5, _SEQ2SEQ),
    "translation": Trial(_pair_of("source", "target"), (), build_t5, _SEQ2SEQ),
    "text2text-generation": Trial(
        _pair_of("input_text", "target_text"), (), build_t5, _SEQ2SEQ
    ),
    "text-generation": Trial(_text, (), build_llama, _WRITER | {"max_length": 64}),
    "text-generation/completion": Trial(
        _pair_of("prompt", "completion"), (), build_llama, _WRITER
    ),
    "text-generation/chat": Trial(_chat, (), build_llama, _WRITER | {"epochs": 8}),
    "fill-mask": Trial(_text, (), build_masked_bert, _ENCODER),
    "feature-extraction": Trial(_alike, hyperparameters=_ENCODER),
    "feature-extraction/pairs": Trial(
        _partners, hyperparameters=_ENCODER | {"learning_rate": 1e-4}
    ),
    "feature-extraction/texts": Trial(
        _text, hyperparameters=_ENCODER | {"learning_rate": 1e-4}
    ),
}


def name_of(task: Task) -> str:
    return f"{task.name}/{task.variant}" if task.variant else task.name
