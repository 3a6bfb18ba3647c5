"""What a request for question answering may look like: one question, a list, or lists of questions and contexts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..protocols.errors import InvalidRequestError, describe
from ..protocols.messages import Json
from .checks import flag, known_only, one_or_many, text_of, whole_number

PARAMETERS = (
    "top_k",
    "handle_impossible_answer",
    "max_answer_len",
    "max_seq_len",
    "doc_stride",
    "align_to_words",
)
FIELDS = ("question", "context")
MIN_WINDOW_TOKENS = 16
MAX_STRIDE_TOKENS = 128
"""The stride, at most half a window, where neither training nor the request says."""
ANSWER_TOKENS = 15


@dataclass(frozen=True)
class Question:
    """A question, its context and its request's options; lengths are in tokens."""

    question: str
    context: str
    stride: int
    """How much two windows that follow one another overlap."""
    max_answer_len: int = ANSWER_TOKENS
    impossible: bool = False
    """Whether "no answer" is an answer."""
    top_k: int = 1
    window: int | None = None
    """The most tokens of a window, the predictor's own where it is None."""
    align: bool = True
    """Whether an answer begins and ends with a word."""


@dataclass(frozen=True)
class Defaults:
    """What holds where a request says nothing, in tokens."""

    window: int
    limit: int
    """The most a request may ask for as its window."""
    stride: int | None
    impossible: bool
    max_answer_len: int


@dataclass(frozen=True)
class Parameters:
    """The checked parameters of a request, as fields of its `Question`s."""

    stride: int
    max_answer_len: int
    impossible: bool
    top_k: int
    window: int
    align: bool

    def question(self, question: str, context: str) -> Question:
        return Question(
            question,
            context,
            self.stride,
            self.max_answer_len,
            self.impossible,
            self.top_k,
            self.window,
            self.align,
        )


def check_parameters(parameters: Mapping[str, Json], default: Defaults) -> Parameters:
    """Raises `InvalidRequestError`."""
    known_only(parameters, PARAMETERS)
    window = min(
        whole_number(parameters, "max_seq_len", default.window, MIN_WINDOW_TOKENS),
        default.limit,
    )
    return Parameters(
        stride=_stride(parameters, window, default.stride),
        max_answer_len=whole_number(
            parameters, "max_answer_len", default.max_answer_len
        ),
        impossible=flag(parameters, "handle_impossible_answer", default.impossible),
        top_k=whole_number(parameters, "top_k", 1),
        window=window,
        align=flag(parameters, "align_to_words", True),
    )


def _stride(parameters: Mapping[str, Json], window: int, default: int | None) -> int:
    usual = min(window // 2, MAX_STRIDE_TOKENS) if default is None else default
    stride = whole_number(parameters, "doc_stride", usual, 0)
    if parameters.get("doc_stride") is not None and stride > window:
        raise InvalidRequestError(
            f"parameters.doc_stride: expected at most the {window} tokens of a window; "
            f"found {describe(stride)}. Leave it out, or raise max_seq_len."
        )
    return stride


def questions_of(inputs: Json) -> list[tuple[str, str]]:
    """Questions with their contexts. Raises `InvalidRequestError` naming the field."""
    if isinstance(inputs, dict) and isinstance(inputs.get("question"), list):
        return _of_columns(inputs)
    items, _ = one_or_many(inputs)
    return [_pair(value, field) for value, field in items]


def _of_columns(inputs: dict[str, Json]) -> list[tuple[str, str]]:
    """A list of questions of one context, or each of its own."""
    questions, contexts = inputs["question"], inputs.get("context")
    assert isinstance(questions, list)
    if not isinstance(contexts, list):
        contexts = [contexts] * len(questions)
    if not questions:
        raise InvalidRequestError(
            "inputs.question: expected at least one question; found an empty list. Send a question."
        )
    if len(contexts) != len(questions):
        raise InvalidRequestError(
            f"inputs.context: expected a context, or one for each of the {len(questions)} questions; "
            f"found {len(contexts)}. Send as many contexts as questions."
        )
    pairs: list[tuple[str, str]] = []
    for index, (question, context) in enumerate(zip(questions, contexts, strict=True)):
        row = inputs | {"question": question, "context": context}
        pairs.append(_pair(row, "inputs", f"[{index}]"))
    return pairs


def _pair(value: Json, field: str, place: str = "") -> tuple[str, str]:
    """Question and context of an object; `place` is where they stand in lists of them."""
    if not isinstance(value, dict):
        raise InvalidRequestError(
            f"{field}: expected an object with question and context; found {describe(value)}. "
            'Send {"question": "…", "context": "…"}.'
        )
    for key in value:
        if key not in FIELDS:
            raise InvalidRequestError(
                f"{field}.{key}: expected only the fields question and context; found {key!r}. Remove it."
            )
    question = text_of(value.get("question"), f"{field}.question{place}")
    context = text_of(value.get("context"), f"{field}.context{place}")
    for name, text in (("question", question), ("context", context)):
        if not text.strip():
            raise InvalidRequestError(
                f"{field}.{name}{place}: expected a text; found an empty one. Fill it in."
            )
    return question, context
