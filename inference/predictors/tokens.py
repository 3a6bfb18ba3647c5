"""Texts to token rows, cut at what the model can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ..protocols.errors import ArchiveError
from .interfaces import (
    Encoding,
    FastTokenizer,
    Model,
    Tokenizer,
    TorchModel,
    TransformersTokenizer,
)

UNLIMITED_TOKENS = 1_000_000
"""Tokenizers without a limit of their own report one far above this."""


@dataclass(frozen=True)
class Text:
    """A text, or a pair of texts that the model reads together."""

    text: str
    pair: str | None = None


@dataclass(frozen=True)
class TokenRow:
    """The columns a model reads, without padding or mask, and whether the text was longer than its limit."""

    columns: Mapping[str, Sequence[int]]
    """`input_ids` and, where the model reads them, `token_type_ids`: a number a token."""
    truncated: bool
    encoding: Encoding | None = None
    """The fast tokenizer's own result, which has the offset of each token in the text."""

    def __len__(self) -> int:
        return len(self.columns["input_ids"])


def require_offsets(tokenizer: Tokenizer) -> None:
    """Raises `ArchiveError` for a slow tokenizer, which does not know where a token stands in the text."""
    if not tokenizer.is_fast:
        raise ArchiveError(
            f"expected a fast tokenizer, which knows where a token stands; found {type(tokenizer).__name__}. "
            "Save tokenizer.json with the model."
        )


def token_limit(tokenizer: Tokenizer, model: Model) -> int | None:
    """The most tokens the model has positions for, by tokenizer and weights; None where it has no limit."""
    limits: list[int] = []
    if tokenizer.model_max_length < UNLIMITED_TOKENS:
        limits.append(tokenizer.model_max_length)
    positions = getattr(model.config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        limits.append(positions - _reserved_positions(cast(TorchModel, model)))
    return min(limits, default=None)


def _reserved_positions(model: TorchModel) -> int:
    """RoBERTa and its kin count positions from after the padding index."""
    for name, module in model.named_modules():
        if name.endswith("position_embeddings"):
            padding = getattr(module, "padding_idx", None)
            return 0 if padding is None else int(padding) + 1
    return 0


class Tokens:
    """A tokenizer with the limit of one model."""

    def __init__(self, tokenizer: Tokenizer, limit: int | None) -> None:
        self._tokenizer = tokenizer
        self._limit = limit
        self._names = [
            name for name in tokenizer.model_input_names if name != "attention_mask"
        ]
        self._backend = tokenizer.backend_tokenizer if tokenizer.is_fast else None

    def rows(self, texts: Sequence[Text]) -> list[TokenRow]:
        if self._backend is None:
            return [self._slow_row(text) for text in texts]
        self._set_limit(self._backend)
        batch: list[str | tuple[str, str]] = []
        for text in texts:
            batch.append(text.text if text.pair is None else (text.text, text.pair))
        return [
            self._fast_row(encoding) for encoding in self._backend.encode_batch(batch)
        ]

    def _set_limit(self, backend: FastTokenizer) -> None:
        """Calls of the tokenizer itself leave other limits. A right one is not set again: that is not thread-safe."""
        if backend.padding is not None:
            backend.no_padding()
        current = backend.truncation or {}
        if self._limit is None and current:
            backend.no_truncation()
        if self._limit is None:
            return
        settings = (current.get("max_length"), current.get("stride"))
        if settings != (self._limit, 0):
            side = self._tokenizer.truncation_side
            backend.enable_truncation(self._limit, direction=side)

    def _fast_row(self, encoding: Encoding) -> TokenRow:
        columns = read_columns(encoding, self._names)
        return TokenRow(columns, bool(encoding.overflowing), encoding)

    def _slow_row(self, text: Text) -> TokenRow:
        tokenizer = cast(TransformersTokenizer, self._tokenizer)
        columns = tokenizer(text.text, text.pair, verbose=False)
        length = len(columns["input_ids"])
        truncated = self._limit is not None and length > self._limit
        if truncated:
            columns = tokenizer(
                text.text,
                text.pair,
                truncation=True,
                max_length=self._limit,
            )
        return TokenRow(_named(columns, self._names), truncated)


def read_columns(encoding: Encoding, names: Sequence[str]) -> dict[str, Sequence[int]]:
    """The columns of an encoding that a model reads, which are among `names`."""
    columns = {
        "input_ids": encoding.ids,
        "token_type_ids": encoding.type_ids,
    }
    return _named(columns, names)


def _named(
    columns: Mapping[str, list[int]], names: Sequence[str]
) -> dict[str, Sequence[int]]:
    return {name: columns[name] for name in names if name in columns}
