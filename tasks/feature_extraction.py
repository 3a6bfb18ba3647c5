"""Feature extraction: one vector a text, near for texts that mean the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from contracts.problems import Problem
from tasks import calls, cells, inputs
from tasks.base import DEFAULTS, Column, NumberAxes, Row, Task
from tasks.sequences import two_texts
from tasks.text_classification import numbers_in
from tasks.text_generation import check_text

TEXT = Column(
    "text",
    (
        "sentence1",
        "text1",
        "sentence",
        "anchor",
        "query",
        "premise",
        "text_a",
        "content",
        "question1",
        "sentence_a",
    ),
)
PAIR = Column(
    "text_pair",
    (
        "sentence2",
        "text2",
        "positive",
        "text_b",
        "paraphrase",
        "hypothesis",
        "question2",
        "sentence_b",
        "passage",
        "document",
    ),
)
SCORE = Column(
    "score",
    ("similarity", "similarity_score", "relatedness", "relatedness_score", "label"),
)
_TWO = 2
_REPEATED = 3
"""Rows for each value of a column that rather holds names than texts."""
_pair = two_texts("text", "text_pair")


def check_scored(row: Row) -> Row | Problem:
    texts, score = _pair(row), cells.number(row.get("score"))
    if isinstance(texts, Problem):
        return texts
    if score is None:
        remedy = "Write how alike the two are, such as 3.5, or delete the row."
        return cells.wanted_number("score", row.get("score"), remedy)
    return {**texts, "score": score}


def has_scores(sample: Sequence[Row]) -> str | None:
    """Whether each pair has a number, and not all have the same."""
    numbers = numbers_in(row.get("score") for row in sample)
    return "every pair of texts has a number" if len(set(numbers)) >= _TWO else None


def hold_two_texts(sample: Sequence[Row]) -> str | None:
    """Whether the second column holds texts too, not numbers or names of a few kinds."""
    seconds = [cells.text(row.get("text_pair")) for row in sample]
    is_short = all(len(second.split()) < _TWO for second in seconds)
    few = len({*seconds}) <= len(seconds) / _REPEATED
    numbers = numbers_in(seconds)
    return None if sample and (numbers or (is_short and few)) else ""


_SIMILARITY = {
    "type": "object",
    "required": ["source_sentence", "sentences"],
    "additionalProperties": False,
    "properties": {
        "source_sentence": calls.TEXT,
        "sentences": calls.list_of(calls.TEXT),
    },
}
_VECTOR = {"type": "array", "items": {"type": "number"}}
_VECTORS = {"type": "array", "items": _VECTOR}
POOLINGS = ("mean", "cls", "none")

_SCORED = Task(
    name="feature-extraction",
    title="Sentence similarity",
    columns=(TEXT, PAIR, SCORE),
    metric="spearman",
    metrics=("spearman", "pearson"),
    architecture_suffixes=("Model",),
    family="embedding",
    defaults=DEFAULTS | {"learning_rate": 5e-5, "max_length": 128},
    request_schema=calls.request(
        {
            "anyOf": [
                calls.TEXT,
                _SIMILARITY,
                calls.list_of(calls.TEXT) | {"x-noun": "a list of one text or more"},
            ]
        },
        {"pooling": {"enum": list(POOLINGS)}, "normalize": {"type": "boolean"}},
    ),
    response_schema={
        "anyOf": [
            _VECTOR,
            _VECTORS,
            {"type": "array", "items": _VECTORS},
            {"type": "array", "items": {"type": "array"}},
        ]
    },
    example_inputs="A sentence to place among others.",
    check_row=check_scored,
    inputs_of=inputs.text_or_similarity,
    aliases=("sentence-similarity", "embeddings", "sentence-embeddings"),
    fits=has_scores,
    use_sentence="Turns texts into vectors that are near where texts are alike.",
    number_axes=NumberAxes("true similarity", "cosine similarity", same_unit=False),
    targets=("score",),
    shared=("text", "text_pair"),
)

_PAIRS = replace(
    _SCORED,
    title="Sentence embeddings from pairs",
    variant="pairs",
    aliases=("similar-pairs",),
    columns=(TEXT, PAIR),
    check_row=_pair,
    fits=hold_two_texts,
    targets=(),
)

_TEXTS = replace(
    _SCORED,
    title="Sentence embeddings from texts alone",
    variant="texts",
    aliases=("simcse",),
    columns=(TEXT,),
    shared=(),
    check_row=check_text,
    fits=lambda sample: "",
    targets=(),
)

TASK = replace(_SCORED, variants=(_PAIRS, _TEXTS))
