"""Chats as a model's template writes them, and which parts of them the assistant is to learn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from training.errors import DataError

Message = dict[str, str]
Part = tuple[str, bool]
"""A text, and whether it is learnt."""

TEMPLATE = (
    "{% for message in messages %}{{ ('' if loop.first else '\n') + '<|' + message['role'] + '|>\n' + "
    "message['content'] }}{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '\n<|assistant|>\n' }}{% endif %}"
)
"""For a tokenizer that has none: each answer ends with the token that ends what the model generates."""


def parts_of(tokenizer: Any, messages: Sequence[Message]) -> list[Part]:
    """A chat in parts that alternate. Raises `DataError` for a chat that the template cannot write."""
    if (found := _grown(tokenizer, messages)) is not None:
        return found
    return _located(tokenizer, messages)


def end_of_turn(tokenizer: Any) -> int | None:
    """The special token that the template ends an answer with."""
    said = "yes"
    asked = [{"role": "user", "content": "a"}, {"role": "assistant", "content": said}]
    learnt = [text for text, counts in parts_of(tokenizer, asked) if counts]
    after = learnt[-1].partition(said)[2].lstrip() if learnt else ""
    special = next((token for token in _special(tokenizer) if after.startswith(token)), None)
    return None if special is None else int(tokenizer.convert_tokens_to_ids(special))


def _grown(tokenizer: Any, messages: Sequence[Message]) -> list[Part] | None:
    """What the template adds for each answer; None where it rewrites what it wrote before."""
    parts, text = [], ""
    for number, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        before = _written(tokenizer, messages[:number], opened=True)
        after = _written(tokenizer, messages[: number + 1])
        if not before.startswith(text) or not after.startswith(before):
            return None
        parts += [(before[len(text) :], False), (after[len(before) :], True)]
        text = after
    return [part for part in parts if part[0]]


def _located(tokenizer: Any, messages: Sequence[Message]) -> list[Part]:
    """Each answer where it stands in the whole chat, with the special token that ends it."""
    text = _written(tokenizer, messages)
    parts, at = [], 0
    for start, end in _answers(text, messages, list(_special(tokenizer))):
        parts += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [part for part in parts if part[0]]


def _answers(text: str, messages: Sequence[Message], special: Sequence[str]) -> Iterator[tuple[int, int]]:
    at = 0
    for message in messages:
        content = message["content"].strip()
        start = text.find(content, at)
        if start < 0 and message["role"] == "assistant":
            raise DataError(
                f"expected a chat template that writes every answer as it is; found none of {content[:60]!r}. "
                "Choose another base_model."
            )
        if start < 0:
            continue
        at = start + len(content)
        if message["role"] == "assistant":
            at += next((len(token) for token in special if text.startswith(token, at)), 0)
            yield start, at


def _special(tokenizer: Any) -> Iterator[str]:
    """The longest first: one may begin as another does."""
    added = (str(token) for token in tokenizer.added_tokens_decoder.values() if token.special)
    yield from sorted({*tokenizer.all_special_tokens, *added}, key=lambda token: (-len(token), token))


def _written(tokenizer: Any, messages: Sequence[Message], opened: bool = False) -> str:
    from jinja2 import TemplateError  # noqa: PLC0415

    try:
        return str(tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=opened))
    except (TemplateError, ValueError) as error:
        roles = ", ".join(message["role"] for message in messages) or "no message"
        raise DataError(
            f"expected chats that the base model's template takes; found {roles}: {error}. "
            "Change the order of the roles, or choose another base_model."
        ) from None
