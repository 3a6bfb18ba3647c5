"""Counts what predictions are like, of a sample of the calls. No text is kept; no failure here fails a prediction."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from contracts.drift import CONFIDENCE_BINS, AnswerStatistics
from contracts.model_record import ModelRecord
from functions.adapters.answer_counts import AnswerCounts
from functions.common.lambda_handler import logger

LABELLED = "text-classification"
"""The task whose answers name one label of a few for a whole text."""
_RESCALED = "function_to_apply"
"""A parameter of requests that makes scores of another kind."""


@dataclass(frozen=True)
class Observer:
    """`percent` of the calls are counted."""

    percent: float
    counts: Callable[[], AnswerCounts]
    rng: random.Random = field(default_factory=random.Random)

    def observe(self, model: ModelRecord, request: Any, answer: str, run: str) -> None:
        """`request` is the call's body, `answer` the model's JSON."""
        if model.custom or self.rng.random() * 100 >= self.percent:
            return
        try:
            statistics = statistics_of(model, request, json.loads(answer))
            if statistics.answers or statistics.texts:
                self.counts().add(model.model, run, statistics)
        except Exception as error:
            logger.warning(
                "a prediction was not counted",
                extra={"error": f"{type(error).__name__}: {error}"},
            )


def statistics_of(model: ModelRecord, request: Any, answer: Any) -> AnswerStatistics:
    """Empty where the shapes are not those of the task."""
    if not isinstance(request, dict) or "inputs" not in request:
        return AnswerStatistics()
    inputs = request["inputs"]
    labels: Counter[str] = Counter()
    tenths: Counter[str] = Counter()
    if model.task == LABELLED and _RESCALED not in (request.get("parameters") or {}):
        for label, score in _first_labels(inputs, answer):
            labels[label] += 1
            tenths[str(min(int(score * CONFIDENCE_BINS), CONFIDENCE_BINS - 1))] += 1
    texts = [len(text) for text in _texts(inputs)] if model.long_text else []
    long_texts = sum(length > (model.long_text or 0) for length in texts)
    return AnswerStatistics(
        labels.total(), dict(labels), dict(tenths), len(texts), long_texts
    )


def _texts(inputs: Any) -> Iterable[str]:
    items = inputs if isinstance(inputs, list) else [inputs]
    return [item for item in items if isinstance(item, str)]


def _first_labels(inputs: Any, answer: Any) -> Iterable[tuple[str, float]]:
    """The likeliest label of each input, with its score."""
    answers = answer if isinstance(inputs, list) else [answer]
    for item in answers if isinstance(answers, list) else []:
        first = item[0] if isinstance(item, list) and item else item
        if isinstance(first, dict) and {"label", "score"} <= first.keys():
            yield str(first["label"]), float(first["score"])
