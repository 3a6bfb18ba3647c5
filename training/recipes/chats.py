"""Chats as a model's template writes them, in parts: those that the assistant is trained on, and the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from training.common.errors import DataError

if TYPE_CHECKING:
    from training.common.types import Tokenizer

Message: TypeAlias = dict[str, Any]
"""`role` and `content`; a `weight` of 0 marks an answer that is read but not learnt."""


class Segment(NamedTuple):
    text: str
    trained: bool


TEMPLATE = (
    "{% for message in messages %}{{ ('' if loop.first else '\n') + '<|' + message['role'] + '|>\n' + "
    "message['content'] }}{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '\n<|assistant|>\n' }}{% endif %}"
)
"""For a tokenizer without one: each answer ends with the token that ends what the model generates."""
MAX_SHOWN_CHARACTERS = 60


def trained_segments(
    tokenizer: Tokenizer, messages: Sequence[Message]
) -> list[Segment]:
    """The parts of a chat, in turn. Raises `DataError` for a chat that the template cannot write."""
    segments = _segments_by_growth(tokenizer, messages)
    return _segments_by_search(tokenizer, messages) if segments is None else segments


def is_learnt(message: Message) -> bool:
    return message["role"] == "assistant" and message.get("weight") != 0


def end_of_turn(tokenizer: Tokenizer) -> int | None:
    """The special token that the template ends an answer with."""
    answer = "yes"
    chat = [{"role": "user", "content": "a"}, {"role": "assistant", "content": answer}]
    trained = [
        segment.text for segment in trained_segments(tokenizer, chat) if segment.trained
    ]
    after = trained[-1].partition(answer)[2].lstrip() if trained else ""
    for token in _special_tokens(tokenizer):
        if after.startswith(token):
            return int(tokenizer.convert_tokens_to_ids(token))
    return None


def _segments_by_growth(
    tokenizer: Tokenizer, messages: Sequence[Message]
) -> list[Segment] | None:
    """What the template adds for each answer; None where it rewrites what it wrote before."""
    segments: list[Segment] = []
    text = ""
    for number, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        before = _rendered(tokenizer, messages[:number], generation_prompt=True)
        after = _rendered(tokenizer, messages[: number + 1])
        if not before.startswith(text) or not after.startswith(before):
            return None
        answer = Segment(after[len(before) :], is_learnt(message))
        segments += [Segment(before[len(text) :], False), answer]
        text = after
    return _without_empty(segments)


def _segments_by_search(
    tokenizer: Tokenizer, messages: Sequence[Message]
) -> list[Segment]:
    """Each answer where it is found in the whole chat, with the special token that ends it."""
    text = _rendered(tokenizer, messages)
    segments: list[Segment] = []
    position = 0
    places = _answers(text, messages, list(_special_tokens(tokenizer)))
    answers = [message for message in messages if message["role"] == "assistant"]
    for (start, end), message in zip(places, answers, strict=True):
        answer = Segment(text[start:end], is_learnt(message))
        segments += [Segment(text[position:start], False), answer]
        position = end
    return _without_empty(segments)


def _without_empty(segments: Sequence[Segment]) -> list[Segment]:
    return [segment for segment in segments if segment.text]


def _answers(
    text: str, messages: Sequence[Message], special: Sequence[str]
) -> Iterator[tuple[int, int]]:
    """Start and end of each answer in the text."""
    position = 0
    for message in messages:
        content = message["content"].strip()
        is_answer = message["role"] == "assistant"
        start = text.find(content, position)
        if start < 0 and is_answer:
            raise DataError(
                "expected a chat template that writes every answer as it is; "
                f"found none of {content[:MAX_SHOWN_CHARACTERS]!r}. Choose another base_model."
            )
        if start < 0:
            continue
        position = start + len(content)
        if is_answer:
            position += _length_of_token_at(text, position, special)
            yield start, position


def _length_of_token_at(text: str, position: int, special: Sequence[str]) -> int:
    """In characters; 0 where there is no special token."""
    for token in special:
        if text.startswith(token, position):
            return len(token)
    return 0


def _special_tokens(tokenizer: Tokenizer) -> Iterator[str]:
    """The longest first, because one may begin as another does."""
    added = (
        str(token) for token in tokenizer.added_tokens_decoder.values() if token.special
    )
    yield from sorted(
        {*tokenizer.all_special_tokens, *added}, key=lambda token: (-len(token), token)
    )


def _rendered(
    tokenizer: Tokenizer, messages: Sequence[Message], generation_prompt: bool = False
) -> str:
    """Raises `DataError`."""
    from jinja2 import TemplateError  # noqa: PLC0415

    try:
        plain = [
            {"role": message["role"], "content": message["content"]}
            for message in messages
        ]
        text = tokenizer.apply_chat_template(
            plain, tokenize=False, add_generation_prompt=generation_prompt
        )
    except (TemplateError, ValueError) as error:
        roles = ", ".join(message["role"] for message in messages) or "no message"
        raise DataError(
            f"expected chats that the base model's template takes; found {roles}: {error}. "
            "Change the order of the roles, or choose another base_model."
        ) from None
    return str(text)
