"""Question answering as the `question-answering` pipeline answered it: the best parts of the context, with scores.

A context that is longer than the model reads is seen through windows that overlap; an answer is searched in each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ArchiveError
from .base import Request
from .batches import per_token, settings_of
from .models import load_encoder
from .questions import LONGEST, PARAMETERS, Defaults, Question, options_of, questions_of
from .scores import softmax, sound
from .tokens import Row, token_limit

__all__ = ["PARAMETERS", "Answers", "Question", "QuestionAnswerer", "load"]

WINDOW = 384
"""The tokens of a window, where neither training nor the request says."""


@dataclass(frozen=True)
class Answers:
    """The best answers of one question, best first: `score`, `start`, `end`, `answer`."""

    best: list[dict[str, Any]]
    truncated: bool = False


@dataclass(frozen=True)
class _Window:
    item: int
    row: Row
    places: list[tuple[int, int] | None]
    """Where each token stands in the context; None outside of it."""


_Found = tuple[list[dict[str, Any]], float]
"""A window's best answers, and the probability that it holds none."""


def load(model_dir: Path) -> QuestionAnswerer:
    return QuestionAnswerer(*load_encoder(model_dir, "AutoModelForQuestionAnswering", "question_answering"))


class QuestionAnswerer:
    """Calling it answers one request; `predict` takes the questions of many."""

    task = "question-answering"

    def __init__(self, model: Any, tokenizer: Any, limit: int | None = None) -> None:
        """`limit` is the most tokens of a window, the model's own where it is None; without a model, only windows."""
        if not tokenizer.is_fast:
            raise ArchiveError(
                f"expected a fast tokenizer, which knows where a token stands; found {type(tokenizer).__name__}. "
                "Save tokenizer.json with the model."
            )
        self.model = model
        self.tokenizer = tokenizer
        self._backend = tokenizer.backend_tokenizer
        settings = settings_of(model, self.task) if model else {}
        self._limit = limit or token_limit(tokenizer, model) or 512
        self._defaults = Defaults(
            window=self._limit if limit or settings else min(self._limit, WINDOW),
            limit=self._limit,
            stride=settings.get("doc_stride"),
            impossible=bool(settings.get("handle_impossible_answer", False)),
            longest=int(settings.get("max_answer_len", LONGEST)),
        )

    def __call__(self, inputs: Any, **parameters: Any) -> Any:
        request = self.parse(inputs, parameters)
        return self.answer(request, self.predict(request.items))

    def parse(self, inputs: Any, parameters: Mapping[str, Any]) -> Request:
        """As in the pipeline, one question is answered by itself even where it comes in a list."""
        shared = options_of(parameters, self._defaults)
        items = [Question(*each, **shared) for each in questions_of(inputs)]
        return Request(items, len(items) == 1, shared)

    def predict(self, items: Sequence[Question]) -> list[Answers]:
        windows = [window for index, item in enumerate(items) for window in self.windows(index, item)]
        rows = [window.row for window in windows]
        found = {
            index: self._search(windows[index], items[windows[index].item], *logits)
            for index, logits in per_token(self.model, self.tokenizer, rows, ["start_logits", "end_logits"])
        }
        shares: list[list[_Found]] = [[] for _ in items]
        for index, window in enumerate(windows):
            shares[window.item].append(found[index])
        return [Answers(_best(*each)) for each in zip(items, shares, strict=True)]

    def windows(self, number: int, item: Question) -> list[_Window]:
        """The question with each part of the context; a long question is cut to half of a window."""
        size = item.window or self._defaults.window
        text, tokens = self._question(item.question, size // 2)
        room = size - tokens - self._backend.num_special_tokens_to_add(True)
        self._backend.no_padding()
        self._backend.enable_truncation(
            size,
            # A step of an eighth at least: no request may ask for windows without end.
            stride=max(0, min(item.stride, room - 1 - room // 8)),
            strategy="only_second",
            direction=self.tokenizer.truncation_side,
        )
        first = self._backend.encode(text, item.context)
        return [self._window(number, encoding) for encoding in (first, *first.overflowing)]

    def _window(self, number: int, encoding: Any) -> _Window:
        columns = {"input_ids": encoding.ids, "token_type_ids": encoding.type_ids}
        kept = {name: columns[name] for name in self.tokenizer.model_input_names if name in columns}
        places = zip(encoding.offsets, encoding.sequence_ids, strict=True)
        return _Window(number, Row(kept, False, encoding), [place if part == 1 else None for place, part in places])

    def _question(self, question: str, most: int) -> tuple[str, int]:
        """The question, or what of it the most tokens are of, and how many they are."""
        self._backend.no_truncation()
        places = self._backend.encode(question, add_special_tokens=False).offsets
        return (question, len(places)) if len(places) <= most else (question[: places[most - 1][1]], most)

    def _search(self, window: _Window, item: Question, start: Any, end: Any) -> _Found:
        """The window's answers, and the probability that it holds none (of the first token, as SQuAD's models say)."""
        import numpy as np  # noqa: PLC0415

        start, end = sound(start), sound(end)
        context = np.array([place is not None for place in window.places])
        allowed = context | (np.array(window.row.columns["input_ids"]) == self.tokenizer.cls_token_id)
        allowed[0] = True
        first, last = (softmax(np.where(allowed, values, -1e4)) for values in (start, end))
        null = float(first[0] * last[0])
        pairs = np.outer(np.where(context, first, 0), np.where(context, last, 0))
        pairs = np.tril(np.triu(pairs), item.max_answer_len - 1)
        # More than are asked for: some become the same answer once they are widened to whole words.
        best = np.argsort(-pairs, axis=None, kind="stable")[: item.top_k * 2 + 10 if item.align else item.top_k]
        places = [divmod(int(each), len(window.row)) for each in best]
        return [self._answer(window, item, *each, float(pairs[each])) for each in places if pairs[each] > 0], null

    def _answer(self, window: _Window, item: Question, start: int, end: int, score: float) -> dict[str, Any]:
        begin, stop = self._whole_words(window, start, end) if item.align else (None, None)
        if begin is None or stop is None:
            begin, stop = window.places[start][0], window.places[end][1]  # type: ignore[index]
        return {"score": score, "start": begin, "end": stop, "answer": item.context[begin:stop]}

    def _whole_words(self, window: _Window, start: int, end: int) -> tuple[int | None, int | None]:
        """Where the words of these tokens begin and end; nowhere, if the tokenizer knows no words."""
        encoding = window.row.encoding
        first, last = encoding.token_to_word(start), encoding.token_to_word(end)
        if first is None or last is None:
            return None, None
        return encoding.word_to_chars(first, 1)[0], encoding.word_to_chars(last, 1)[1]

    def answer(self, request: Request, outputs: Sequence[Answers]) -> Any:
        answers = [output.best if len(output.best) > 1 else output.best[0] for output in outputs]
        return answers[0] if request.single else answers


def _best(item: Question, windows: Sequence[_Found]) -> list[dict[str, Any]]:
    """The best `top_k`. The same words found again add to their score; no answer is one where it is allowed."""
    merged: dict[str, dict[str, Any]] = {}
    for found, _ in windows:
        for each in found:
            known = merged.setdefault(each["answer"].lower(), each | {"score": 0.0})
            known["score"] += each["score"]
    answers = list(merged.values())
    if item.impossible:
        null = min(null for _, null in windows)
        answers.append({"score": null, "start": 0, "end": 0, "answer": ""})
    best = sorted(answers, key=lambda each: -each["score"])[: item.top_k]
    return best or [{"score": 0.0, "start": 0, "end": 0, "answer": ""}]
