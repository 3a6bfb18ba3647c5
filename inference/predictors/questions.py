"""What a request for question answering may look like: one question, a list, or lists of questions and contexts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidRequestError
from .base import describe
from .checks import flag, known_only, one_or_many, text_of, whole_number

PARAMETERS = ("top_k", "handle_impossible_answer", "max_answer_len", "max_seq_len", "doc_stride", "align_to_words")
SMALLEST_WINDOW = 16
STRIDE = 128
LONGEST = 15


@dataclass(frozen=True)
class Question:
    question: str
    context: str
    stride: int
    max_answer_len: int = LONGEST
    impossible: bool = False
    top_k: int = 1
    window: int | None = None
    """The most tokens of a window, the predictor's own where it is None."""
    align: bool = True
    """Whether an answer begins and ends with a word."""


@dataclass(frozen=True)
class Defaults:
    """What holds where a request says nothing: sizes in tokens, `longest` the most an answer may have."""

    window: int
    limit: int
    stride: int | None
    impossible: bool
    longest: int


def options_of(parameters: Mapping[str, Any], default: Defaults) -> dict[str, Any]:
    """The checked parameters as fields of a `Question`. Raises `InvalidRequestError`."""
    known_only(parameters, PARAMETERS)
    size = min(whole_number(parameters, "max_seq_len", default.window, SMALLEST_WINDOW), default.limit)
    usual = min(size // 2, STRIDE) if default.stride is None else default.stride
    overlap = whole_number(parameters, "doc_stride", usual, 0)
    if parameters.get("doc_stride") is not None and overlap > size:
        raise InvalidRequestError(
            f"parameters.doc_stride: expected at most the {size} tokens of a window; "
            f"found {describe(overlap)}. Leave it out, or raise max_seq_len."
        )
    return {
        "stride": overlap,
        "max_answer_len": whole_number(parameters, "max_answer_len", default.longest),
        "impossible": flag(parameters, "handle_impossible_answer", default.impossible),
        "top_k": whole_number(parameters, "top_k", 1),
        "window": size,
        "align": flag(parameters, "align_to_words", True),
    }


def questions_of(inputs: Any) -> list[tuple[str, str]]:
    """Questions with their contexts. Raises `InvalidRequestError` naming the field."""
    if isinstance(inputs, dict) and isinstance(inputs.get("question"), list):
        return _columns(inputs)
    return [_pair(*each) for each in one_or_many(inputs)[0]]


def _columns(inputs: dict[str, Any]) -> list[tuple[str, str]]:
    """A list of questions of one context, or each of its own."""
    questions, contexts = inputs["question"], inputs.get("context")
    contexts = contexts if isinstance(contexts, list) else [contexts] * len(questions)
    if not questions:
        raise InvalidRequestError(
            "inputs.question: expected at least one question; found an empty list. Send a question."
        )
    if len(contexts) != len(questions):
        raise InvalidRequestError(
            f"inputs.context: expected a context, or one for each of the {len(questions)} questions; "
            f"found {len(contexts)}. Send as many contexts as questions."
        )
    rest = {name: value for name, value in inputs.items() if name not in ("question", "context")}
    rows = zip(questions, contexts, strict=True)
    return [_pair({"question": q, "context": c} | rest, "inputs", f"[{i}]") for i, (q, c) in enumerate(rows)]


def _pair(value: Any, field: str, place: str = "") -> tuple[str, str]:
    if not isinstance(value, dict):
        raise InvalidRequestError(
            f"{field}: expected an object with question and context; found {describe(value)}. "
            'Send {"question": "…", "context": "…"}.'
        )
    for key in value:
        if key not in ("question", "context"):
            raise InvalidRequestError(
                f"{field}.{key}: expected only the fields question and context; found {key!r}. Remove it."
            )
    question, context = (text_of(value.get(name), f"{field}.{name}{place}") for name in ("question", "context"))
    for name, text in (("question", question), ("context", context)):
        if not text.strip():
            raise InvalidRequestError(f"{field}.{name}{place}: expected a text; found an empty one. Fill it in.")
    return question, context
