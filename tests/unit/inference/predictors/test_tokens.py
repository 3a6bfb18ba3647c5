from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from inference.predictors.tokens import (
    UNLIMITED_TOKENS,
    TokenRow,
    require_offsets,
    token_limit,
)
from inference.protocols.errors import ArchiveError


def model(positions: int | None, *modules: tuple[str, object]) -> Any:
    config = SimpleNamespace(max_position_embeddings=positions)
    return SimpleNamespace(config=config, named_modules=lambda: modules)


def tokenizer(limit: int) -> Any:
    return SimpleNamespace(model_max_length=limit)


def test_the_smaller_limit_counts() -> None:
    assert token_limit(tokenizer(64), model(512)) == 64
    assert token_limit(tokenizer(UNLIMITED_TOKENS), model(512)) == 512
    assert token_limit(tokenizer(UNLIMITED_TOKENS), model(None)) is None


def test_positions_before_the_first_token_are_not_counted() -> None:
    embeddings = (
        "roberta.embeddings.position_embeddings",
        SimpleNamespace(padding_idx=1),
    )
    assert token_limit(tokenizer(UNLIMITED_TOKENS), model(514, embeddings)) == 512


def test_a_row_is_as_long_as_its_tokens() -> None:
    assert len(TokenRow({"input_ids": [1, 2]}, False)) == 2


def test_a_slow_tokenizer_is_refused_where_offsets_are_needed() -> None:
    slow: Any = SimpleNamespace(is_fast=False)
    with pytest.raises(
        ArchiveError,
        match="expected a fast tokenizer, which knows where a token stands",
    ):
        require_offsets(slow)
