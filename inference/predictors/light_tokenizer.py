"""A model folder's `tokenizer.json` by the tokenizers library alone: without transformers, a server starts in a second.

It has what the predictors use of transformers' own fast tokenizers, under the same names.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from ..protocols.messages import Json
from .interfaces import FastTokenizer
from .tokens import UNLIMITED_TOKENS

SPECIAL_TOKENS = ("pad_token", "unk_token", "cls_token", "mask_token")


def suffices(model_dir: Path) -> bool:
    """Whether the folder's tokenizer does nothing that only transformers can do."""
    if not (model_dir / "tokenizer.json").is_file():
        return False
    config = _read(model_dir, "tokenizer_config.json")
    return not config.get("clean_up_tokenization_spaces")


class LightTokenizer:
    """Texts and pairs to token ids and back; `inputs` are the columns that the model reads."""

    is_fast = True
    pad_token_type_id = 0

    def __init__(
        self, model_dir: Path, inputs: Sequence[str], limit: int | None
    ) -> None:
        from tokenizers import Tokenizer  # noqa: PLC0415

        config = _read(model_dir, "tokenizer_config.json")
        # Older versions of transformers wrote some of the tokens here alone.
        special_tokens = _read(model_dir, "special_tokens_map.json") | config
        self._tokenizer = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
        self.model_input_names = list(inputs)
        self.model_max_length = limit or UNLIMITED_TOKENS
        self.padding_side = str(config.get("padding_side", "right"))
        self.truncation_side = str(config.get("truncation_side", "right"))
        self._tokens = {
            name: _token_text(special_tokens.get(name)) for name in SPECIAL_TOKENS
        }

    @property
    def backend_tokenizer(self) -> FastTokenizer:
        return cast(FastTokenizer, self._tokenizer)

    @property
    def pad_token_id(self) -> int | None:
        return self._id("pad_token")

    @property
    def unk_token_id(self) -> int | None:
        return self._id("unk_token")

    @property
    def cls_token_id(self) -> int | None:
        return self._id("cls_token")

    @property
    def mask_token_id(self) -> int | None:
        return self._id("mask_token")

    @property
    def mask_token(self) -> str | None:
        return self._tokens["mask_token"]

    def _id(self, name: str) -> int | None:
        """The id of a special token; None where the tokenizer has none."""
        token = self._tokens[name]
        return self._tokenizer.token_to_id(token) if token else None

    def get_vocab(self) -> dict[str, int]:
        return self._tokenizer.get_vocab()

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=add_special_tokens).ids

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = False) -> str:
        return str(
            self._tokenizer.decode(list(ids), skip_special_tokens=skip_special_tokens)
        )

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        decoder = self._tokenizer.decoder
        return " ".join(tokens) if decoder is None else str(decoder.decode(tokens))


def _read(model_dir: Path, name: str) -> dict[str, Json]:
    path = model_dir / name
    if not path.is_file():
        return {}
    return cast("dict[str, Json]", json.loads(path.read_text("utf-8")))


def _token_text(token: Json) -> str | None:
    """A special token is written as its text, or as an object with its text in it."""
    if isinstance(token, dict):
        token = token.get("content")
    return str(token) if token else None
