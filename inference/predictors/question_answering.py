"""Question answering as the `question-answering` pipeline answered it: the best parts of the context, with scores.

A context that is longer than the model reads is seen through windows that overlap; an answer is searched in each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ArchiveError, InvalidRequestError, ModelError
from .base import Request, describe
from .batches import batches, settings_of
from .checks import flag, known_only, one_or_many, text_of, whole_number
from .models import load_pretrained
from .tokens import Row, token_limit

PARAMETERS = ("top_k", "handle_impossible_answer", "max_answer_len", "doc_stride")
CANDIDATES = 20
"""Starts and ends that are looked at in a window."""


@dataclass(frozen=True)
class Question:
    question: str
    context: str
    stride: int
    max_answer_len: int = 15
    impossible: bool = False
    top_k: int = 1


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


def load(model_dir: Path) -> QuestionAnswerer:
    return QuestionAnswerer(*load_pretrained(model_dir, "AutoModelForQuestionAnswering"))


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
        self._limit = limit or token_limit(tokenizer, model) or 512
        settings = settings_of(model, self.task) if model else {}
        self._stride = int(settings.get("doc_stride", 128))
        self._impossible = bool(settings.get("handle_impossible_answer", False))
        self._longest = int(settings.get("max_answer_len", 15))

    def __call__(self, inputs: Any, **parameters: Any) -> Any:
        request = self.parse(inputs, parameters)
        return self.answer(request, self.predict(request.items))

    def parse(self, inputs: Any, parameters: Mapping[str, Any]) -> Request:
        known_only(parameters, PARAMETERS)
        shared: dict[str, Any] = {
            "stride": whole_number(parameters, "doc_stride", self._stride, 0),
            "max_answer_len": whole_number(parameters, "max_answer_len", self._longest),
            "impossible": flag(parameters, "handle_impossible_answer", self._impossible),
            "top_k": whole_number(parameters, "top_k", 1),
        }
        given, single = one_or_many(inputs)
        return Request([Question(*_pair(*each), **shared) for each in given], single, shared)

    def predict(self, items: Sequence[Question]) -> list[Answers]:
        import torch  # noqa: PLC0415

        windows = [window for index, item in enumerate(items) for window in self.windows(index, item)]
        found: list[list[dict[str, Any]]] = [[] for _ in items]
        nulls: list[float] = [1.0] * len(items)
        rows = [window.row for window in windows]
        with torch.inference_mode():
            for group, batch in batches(rows, self.tokenizer, self.model):
                output = self.model(**batch)
                starts, ends = (logits.float().cpu().numpy() for logits in (output.start_logits, output.end_logits))
                for index, start, end in zip(group, starts, ends, strict=True):
                    window = windows[index]
                    answers, null = self._search(window, items[window.item], start, end)
                    found[window.item] += answers
                    nulls[window.item] = min(nulls[window.item], null)
        return [Answers(_best(*each)) for each in zip(items, found, nulls, strict=True)]

    def windows(self, number: int, item: Question) -> list[_Window]:
        """The question with each part of the context; a long question is cut to a third of what the model reads."""
        question = self.tokenizer(
            item.question, truncation=True, max_length=max(8, self._limit // 3), add_special_tokens=False
        )["input_ids"]
        text = item.question if len(question) < self._limit // 3 else self.tokenizer.decode(question)
        room = self._limit - len(question) - self.tokenizer.num_special_tokens_to_add(pair=True)
        encoded = self.tokenizer(
            text,
            item.context,
            truncation="only_second",
            max_length=self._limit,
            stride=max(0, min(item.stride, room // 2)),
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            return_attention_mask=False,
        )
        names = [name for name in self.tokenizer.model_input_names if name in encoded]
        found = []
        for index, offsets in enumerate(encoded["offset_mapping"]):
            parts = encoded.sequence_ids(index)
            places = [tuple(place) if part == 1 else None for place, part in zip(offsets, parts, strict=True)]
            row = Row({name: encoded[name][index] for name in names}, False, encoded.encodings[index])
            found.append(_Window(number, row, places))
        return found

    def _search(self, window: _Window, item: Question, start: Any, end: Any) -> tuple[list[dict[str, Any]], float]:
        """The window's answers, and the probability that it holds none (of the first token, as SQuAD's models say)."""
        import numpy as np  # noqa: PLC0415

        length = len(window.row)
        side = slice(-length, None) if self.tokenizer.padding_side == "left" else slice(length)
        start, end = start[side], end[side]
        if not (np.isfinite(start).all() and np.isfinite(end).all()):
            raise ModelError("the model answered with NaN or infinity: its weights are damaged. Train it again.")
        allowed = np.array([place is not None for place in window.places])
        allowed[0] = True
        first, last = (_softmax(np.where(allowed, values, -1e4)) for values in (start, end))
        null = float(first[0] * last[0])
        context = np.flatnonzero([place is not None for place in window.places])
        starts = context[np.argsort(-first[context], kind="stable")[:CANDIDATES]]
        ends = context[np.argsort(-last[context], kind="stable")[:CANDIDATES]]
        pairs = [(s, e) for s in starts for e in ends if 0 <= e - s < item.max_answer_len]
        return [self._answer(window, item, s, e, float(first[s] * last[e])) for s, e in pairs], null

    def _answer(self, window: _Window, item: Question, start: int, end: int, score: float) -> dict[str, Any]:
        """As the pipeline, whole words only."""
        encoding = window.row.encoding
        from_word, to_word = (encoding.token_to_word(int(token)) for token in (start, end))
        if from_word is None or to_word is None:
            begin, stop = window.places[start][0], window.places[end][1]  # type: ignore[index]
        else:
            begin, stop = encoding.word_to_chars(from_word, 1)[0], encoding.word_to_chars(to_word, 1)[1]
        begin, stop = min(begin, window.places[start][0]), max(stop, window.places[end][1])  # type: ignore[index]
        return {"score": score, "start": begin, "end": stop, "answer": item.context[begin:stop]}

    def answer(self, request: Request, outputs: Sequence[Answers]) -> Any:
        many = request.parameters["top_k"] > 1
        answers = [output.best if many else output.best[0] for output in outputs]
        return answers[0] if request.single else answers


def _best(item: Question, found: list[dict[str, Any]], null: float) -> list[dict[str, Any]]:
    """The best `top_k`, each place once; no answer is one of them where it is allowed."""
    if item.impossible:
        found = [*found, {"score": null, "start": 0, "end": 0, "answer": ""}]
    places: dict[tuple[int, int], dict[str, Any]] = {}
    for answer in sorted(found, key=lambda each: -each["score"]):
        places.setdefault((answer["start"], answer["end"]), answer)
    return list(places.values())[: item.top_k] or [{"score": 0.0, "start": 0, "end": 0, "answer": ""}]


def _softmax(values: Any) -> Any:
    import numpy as np  # noqa: PLC0415

    shifted = np.exp(values - values.max())
    return shifted / shifted.sum()


def _pair(value: Any, field: str) -> tuple[str, str]:
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
    question, context = (text_of(value.get(name), f"{field}.{name}") for name in ("question", "context"))
    for name, text in (("question", question), ("context", context)):
        if not text.strip():
            raise InvalidRequestError(f"{field}.{name}: expected a text; found an empty one. Fill it in.")
    return question, context
