"""Question answering as the `question-answering` pipeline answered it: the best parts of the context, with scores.

A context that is longer than the model reads is seen through windows that overlap; an answer is searched in each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypedDict, cast

from ..protocols.messages import Json
from .base import Predictor, Request
from .batches import per_token, task_settings
from .interfaces import Encoding, Model, Tokenizer
from .models import load_encoder
from .questions import (
    ANSWER_TOKENS,
    PARAMETERS,
    Defaults,
    Parameters,
    Question,
    check_parameters,
    questions_of,
)
from .scores import require_finite, softmax
from .tokens import TokenRow, read_columns, require_offsets, token_limit

if TYPE_CHECKING:
    from .interfaces import FloatArray

__all__ = ["PARAMETERS", "Answers", "Question", "QuestionAnswerer", "load"]

OUTPUTS = ("start_logits", "end_logits")
WINDOW_TOKENS = 384
"""Of a window, where neither training nor the request says."""
LIMIT_TOKENS = 512
"""Of a window, where neither tokenizer nor model has a limit."""
MASKED_LOGIT = -1e4
"""Of a token that no answer may begin or end with."""
SUMMED_SPANS = 12
"""A window's best spans: where some of them become one answer as whole words, their scores are added up."""
NEGLIGIBLE_SCORE = 1e-4
"""A span below this is left out, unless it is among as many best ones as are asked for."""
Offsets: TypeAlias = tuple[int, int]
"""Where a token begins in the context, and where it ends."""


class Answer(TypedDict):
    """A part of the context, by the offsets of its characters."""

    score: float
    start: int
    end: int
    answer: str


@dataclass(frozen=True)
class Answers:
    """The best answers of one question, best first."""

    best: list[Answer]
    truncated: bool = False


@dataclass(frozen=True)
class Window:
    """A question with a part of its context."""

    item: int
    """The question's number in the batch."""
    row: TokenRow
    encoding: Encoding
    places: list[Offsets | None]
    """Of each token in the context; None outside of it."""


@dataclass(frozen=True)
class WindowAnswers:
    """A window's best answers, and the probability that it holds none."""

    summed: list[Answer]
    """Of the best spans, as many whatever `top_k` is, so that no answer's score depends on it."""
    others: list[Answer]
    """Of the spans after them, each with its own score."""
    no_answer_score: float


def load(model_dir: Path) -> QuestionAnswerer:
    return QuestionAnswerer(
        *load_encoder(model_dir, "AutoModelForQuestionAnswering", "question_answering")
    )


class QuestionAnswerer(Predictor[Question, Answers, Parameters]):
    task = "question-answering"

    def __init__(
        self, model: Model | None, tokenizer: Tokenizer, limit: int | None = None
    ) -> None:
        """`limit` is the most tokens of a window, the model's own where it is None; without a model, only windows."""
        require_offsets(tokenizer)
        self._model = model
        self.tokenizer = tokenizer
        self._backend = tokenizer.backend_tokenizer
        settings: dict[str, object] = {}
        own_limit: int | None = None
        if model is not None:
            settings = task_settings(model, self.task)
            own_limit = token_limit(tokenizer, model)
        limit_tokens = limit or own_limit or LIMIT_TOKENS
        window = limit_tokens
        if not limit and not settings:
            window = min(limit_tokens, WINDOW_TOKENS)
        self._defaults = Defaults(
            window=window,
            limit=limit_tokens,
            stride=cast("int | None", settings.get("doc_stride")),
            impossible=bool(settings.get("handle_impossible_answer", False)),
            max_answer_len=int(
                cast(int, settings.get("max_answer_len", ANSWER_TOKENS))
            ),
        )

    @property
    def model(self) -> Model:
        assert self._model is not None, "it was created only to cut windows"
        return self._model

    def parse(
        self, inputs: Json, parameters: Mapping[str, Json]
    ) -> Request[Question, Parameters]:
        """As in the pipeline, one question is answered by itself even where it comes in a list."""
        checked = check_parameters(parameters, self._defaults)
        items = [
            checked.question(question, context)
            for question, context in questions_of(inputs)
        ]
        return Request(items, len(items) == 1, checked)

    def predict(self, items: Sequence[Question]) -> list[Answers]:
        windows: list[Window] = []
        for number, item in enumerate(items):
            windows += self.windows(number, item)
        of_window = self._search_all(windows, items)
        of_item: list[list[WindowAnswers]] = [[] for _ in items]
        for index, window in enumerate(windows):
            of_item[window.item].append(of_window[index])
        outputs: list[Answers] = []
        for item, answers in zip(items, of_item, strict=True):
            outputs.append(Answers(_best(item, answers)))
        return outputs

    def _search_all(
        self,
        windows: Sequence[Window],
        items: Sequence[Question],
    ) -> dict[int, WindowAnswers]:
        """The answers of each window, by its number."""
        answers: dict[int, WindowAnswers] = {}
        rows = [window.row for window in windows]
        logits = per_token(self.model, self.tokenizer, rows, OUTPUTS)
        for index, (start, end) in logits:
            window = windows[index]
            item = items[window.item]
            answers[index] = self._search(window, item, start, end)
        return answers

    def windows(self, number: int, item: Question) -> list[Window]:
        """The question with each part of the context; a long question is cut to half of a window."""
        size = item.window or self._defaults.window
        text, tokens = self._question(item.question, size // 2)
        special = self._backend.num_special_tokens_to_add(True)
        room = size - tokens - special
        # A step of an eighth at least: no request may ask for windows without end.
        longest_stride = room - 1 - room // 8
        self._backend.no_padding()
        self._backend.enable_truncation(
            size,
            stride=max(0, min(item.stride, longest_stride)),
            strategy="only_second",
            direction=self.tokenizer.truncation_side,
        )
        first = self._backend.encode(text, item.context)
        encodings = [first, *first.overflowing]
        return [self._window(number, encoding) for encoding in encodings]

    def _window(self, number: int, encoding: Encoding) -> Window:
        names = self.tokenizer.model_input_names
        row = TokenRow(read_columns(encoding, names), False, encoding)
        places: list[Offsets | None] = []
        pairs = zip(encoding.offsets, encoding.sequence_ids, strict=True)
        for offsets, sequence in pairs:
            places.append(offsets if sequence == 1 else None)
        return Window(number, row, encoding, places)

    def _question(self, question: str, most: int) -> tuple[str, int]:
        """The question, cut after `most` tokens, and how many tokens it has."""
        self._backend.no_truncation()
        offsets = self._backend.encode(question, add_special_tokens=False).offsets
        if len(offsets) <= most:
            return question, len(offsets)
        _, end = offsets[most - 1]
        return question[:end], most

    def _search(
        self, window: Window, item: Question, start: FloatArray, end: FloatArray
    ) -> WindowAnswers:
        """The best answers of a window; `start` and `end` are the logits of its tokens.

        That there is none has the probability of the first token, as in models of SQuAD 2.
        """
        import numpy as np  # noqa: PLC0415

        in_context = np.array([place is not None for place in window.places])
        ids = np.array(window.row.columns["input_ids"])
        allowed = in_context | (ids == self.tokenizer.cls_token_id)
        allowed[0] = True
        first = softmax(np.where(allowed, require_finite(start), MASKED_LOGIT))
        last = softmax(np.where(allowed, require_finite(end), MASKED_LOGIT))
        no_answer = float(first[0] * last[0])
        scores = np.outer(
            np.where(in_context, first, 0),
            np.where(in_context, last, 0),
        )
        in_order = np.triu(scores)
        longest = min(item.max_answer_len, len(window.row))
        scores = np.tril(in_order, longest - 1)
        answers = self._answers(window, item, scores)
        summed = SUMMED_SPANS if item.align else 1
        return WindowAnswers(answers[:summed], answers[summed:], no_answer)

    def _answers(
        self, window: Window, item: Question, scores: FloatArray
    ) -> list[Answer]:
        """An answer for each span, best first; `scores` of shape (tokens, tokens): of each first and last token."""
        import numpy as np  # noqa: PLC0415

        worth_reading = int((scores >= NEGLIGIBLE_SCORE).sum())
        count = max(worth_reading, SUMMED_SPANS + item.top_k)
        answers: list[Answer] = []
        order = np.argsort(-scores, axis=None, kind="stable")
        for candidate in order[:count]:
            start, end = divmod(int(candidate), len(window.row))
            score = float(scores[start, end])
            if score > 0:
                answers.append(self._answer(window, item, start, end, score))
        return answers

    def _answer(
        self, window: Window, item: Question, start: int, end: int, score: float
    ) -> Answer:
        """The part of the context from token `start` to token `end`."""
        place = self._whole_words(window.encoding, start, end) if item.align else None
        if place is None:
            first, last = window.places[start], window.places[end]
            assert first is not None and last is not None, (
                "both are tokens of the context"
            )
            place = first[0], last[1]
        begin, stop = place
        return {
            "score": score,
            "start": begin,
            "end": stop,
            "answer": item.context[begin:stop],
        }

    def _whole_words(self, encoding: Encoding, start: int, end: int) -> Offsets | None:
        """Where the words of these tokens begin and end; None, if the tokenizer knows no words."""
        first, last = encoding.token_to_word(start), encoding.token_to_word(end)
        if first is None or last is None:
            return None
        return encoding.word_to_chars(first, 1)[0], encoding.word_to_chars(last, 1)[1]

    def answer(
        self, request: Request[Question, Parameters], outputs: Sequence[Answers]
    ) -> Answer | list[Answer] | list[Answer | list[Answer]]:
        answers: list[Answer | list[Answer]] = []
        several = request.parameters.top_k > 1
        for output in outputs:
            answers.append(output.best if several else output.best[0])
        return answers[0] if request.single else answers


def _best(item: Question, windows: Sequence[WindowAnswers]) -> list[Answer]:
    """The best `top_k`: the summed scores of the same words are added up; no answer is one where it is allowed."""
    merged: dict[str, Answer] = {}
    for window in windows:
        for answer in window.summed:
            words = answer["answer"].lower()
            if words in merged:
                merged[words]["score"] += answer["score"]
            else:
                merged[words] = answer.copy()
    others: dict[str, Answer] = {}
    for window in windows:
        for answer in window.others:
            words = answer["answer"].lower()
            if words not in merged:
                best = others.setdefault(words, answer)
                others[words] = max(best, answer, key=lambda one: one["score"])
    answers = [*merged.values(), *others.values()]
    if item.impossible:
        score = min(window.no_answer_score for window in windows)
        answers.append(_no_answer(score))
    answers.sort(key=lambda answer: -answer["score"])
    return answers[: item.top_k] or [_no_answer(0.0)]


def _no_answer(score: float) -> Answer:
    return {"score": score, "start": 0, "end": 0, "answer": ""}
