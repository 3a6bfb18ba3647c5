"""The texts and tokens of a causal language model's rows: prompts, what follows them, and examples to train on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from inference.predictors.causal_lm import prompt_ids
from tasks import Row
from training.common.examples import Examples
from training.common.types import IGNORED_LABEL, Features
from training.recipes.chats import is_learnt

if TYPE_CHECKING:
    from training.common.types import Tokenizer

PROMPT_WORDS = 32
"""At most so many words of a plain text are its prompt."""

Chat: TypeAlias = tuple[tuple[str, str], ...]
"""Messages as pairs of role and content."""
TokenPart: TypeAlias = tuple[list[int], bool]
"""Tokens, and whether they are trained."""


def prompt_of(row: Row) -> str | Chat:
    """The beginning of a text, the prompt, or the chat up to its last answer."""
    if "messages" in row:
        messages = [
            (message["role"], message["content"]) for message in row["messages"][:-1]
        ]
        return tuple(messages) or (("user", ""),)
    if "prompt" in row:
        return str(row["prompt"])
    words = row["text"].split()
    return " ".join(words[: max(1, len(words) // 2)][:PROMPT_WORDS])


def shown_prompt(row: Row) -> str:
    prompt = prompt_of(row)
    return (
        prompt
        if isinstance(prompt, str)
        else "\n".join(f"{role}: {content}" for role, content in prompt)
    )


def trained_text(row: Row) -> str:
    if "messages" in row:
        return " ".join(
            message["content"] for message in row["messages"] if is_learnt(message)
        )
    return str(row.get("completion", row.get("text", "")))


def features(parts: Sequence[TokenPart]) -> Features:
    ids: list[int] = []
    labels: list[int] = []
    for tokens, trained in parts:
        ids += tokens
        labels += tokens if trained else [IGNORED_LABEL] * len(tokens)
    return {
        "input_ids": np.array(ids, dtype=np.int32),
        "labels": np.array(labels, dtype=np.int64),
    }


def laid_end_to_end(examples: Examples) -> Features:
    return {name: column.values for name, column in examples.columns.items()}


def _completion_text(row: Row) -> str:
    """The completion, after a space where the prompt ends without one."""
    has_space = row["prompt"][-1:].isspace() or row["completion"][:1].isspace()
    return str(row["completion"]) if has_space else f" {row['completion']}"


def prompt_and_completion(
    tokenizer: Tokenizer, row: Row
) -> tuple[list[int], list[int]]:
    """The prompt's tokens as serving reads them, and the rest of the tokens of both texts in one."""
    completion = _completion_text(row)
    prompt_tokens = prompt_ids(tokenizer, row["prompt"])
    tokens = prompt_ids(tokenizer, row["prompt"] + completion)
    if tokens[: len(prompt_tokens)] == prompt_tokens and len(tokens) > len(
        prompt_tokens
    ):
        return prompt_tokens, tokens[len(prompt_tokens) :]
    return prompt_tokens, list(
        tokenizer(completion, add_special_tokens=False)["input_ids"]
    )
