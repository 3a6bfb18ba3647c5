"""Texts to token rows, cut at what the model can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

UNLIMITED = 1_000_000
"""Tokenizers without a limit of their own report one far above this."""


@dataclass(frozen=True)
class Text:
    text: str
    pair: str | None = None


@dataclass(frozen=True)
class Row:
    """The columns a model reads, without padding or mask, and whether the text was longer than its limit."""

    columns: dict[str, Sequence[int]]
    truncated: bool
    encoding: Any = None
    """The fast tokenizer's own result, which knows where each token stands in the text."""

    def __len__(self) -> int:
        return len(self.columns["input_ids"])


def token_limit(tokenizer: Any, model: Any) -> int | None:
    """The most tokens the model has positions for, by tokenizer and weights; None where it has no limit."""
    limits = [tokenizer.model_max_length] if tokenizer.model_max_length < UNLIMITED else []
    positions = getattr(model.config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        limits.append(positions - _reserved_positions(model))
    return min(limits, default=None)


def _reserved_positions(model: Any) -> int:
    """RoBERTa and its kin count positions from after the padding index."""
    for name, module in model.named_modules():
        if name.endswith("position_embeddings"):
            padding = getattr(module, "padding_idx", None)
            return 0 if padding is None else int(padding) + 1
    return 0


class Tokens:
    """A tokenizer bound to one model's limit."""

    def __init__(self, tokenizer: Any, limit: int | None) -> None:
        self._tokenizer = tokenizer
        self._limit = limit
        self._names = [name for name in tokenizer.model_input_names if name != "attention_mask"]
        self._backend = tokenizer.backend_tokenizer if tokenizer.is_fast else None

    def _bind(self, backend: Any) -> None:
        """Whoever calls the tokenizer itself leaves other limits behind. What is right is not set again: threads."""
        if backend.padding is not None:
            backend.no_padding()
        cut = backend.truncation or {}
        if self._limit is None and cut:
            backend.no_truncation()
        elif self._limit is not None and (cut.get("max_length"), cut.get("stride")) != (self._limit, 0):
            backend.enable_truncation(self._limit, direction=self._tokenizer.truncation_side)

    def rows(self, texts: Sequence[Text]) -> list[Row]:
        if self._backend is None:
            return [self._slow_row(text) for text in texts]
        self._bind(self._backend)
        batch = [text.text if text.pair is None else (text.text, text.pair) for text in texts]
        return [self._fast_row(encoding) for encoding in self._backend.encode_batch(batch)]

    def _fast_row(self, encoding: Any) -> Row:
        columns = {"input_ids": encoding.ids, "token_type_ids": encoding.type_ids}
        found = {name: columns[name] for name in self._names if name in columns}
        return Row(found, bool(encoding.overflowing), encoding)

    def _slow_row(self, text: Text) -> Row:
        whole = self._tokenizer(text.text, text.pair, verbose=False)
        truncated = self._limit is not None and len(whole["input_ids"]) > self._limit
        if truncated:
            whole = self._tokenizer(text.text, text.pair, truncation=True, max_length=self._limit)
        return Row({name: whole[name] for name in self._names if name in whole}, truncated)
