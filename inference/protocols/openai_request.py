"""Bodies of OpenAI's API, as `/v1/chat/completions` and `/v1/completions` take them, in the words of the pipelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from .errors import InvalidRequestError, describe
from .messages import Json

MESSAGES, PROMPT = "messages", "prompt"
MAX_NEW_TOKENS = 1024
_NAMES = {
    "max_tokens": "max_new_tokens",
    "max_completion_tokens": "max_new_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "stop": "stop",
    "seed": "seed",
    "top_k": "top_k",
    "repetition_penalty": "repetition_penalty",
    "min_tokens": "min_new_tokens",
}
"""OpenAI's parameters, and those that other servers of its API take besides: the pipelines' names of them."""
_OWN = (MESSAGES, PROMPT, "model", "stream", "stream_options", "echo")
_NEUTRAL: Mapping[str, tuple[Json, ...]] = {
    "n": (1,),
    "best_of": (1,),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "logit_bias": ({},),
    "response_format": ({"type": "text"},),
    "tools": ([],),
    "tool_choice": ("none", "auto"),
    "modalities": (["text"],),
    "suffix": ("",),
}
"""Parameters with the values that ask for nothing; others are not supported."""
_IGNORED = (
    "user",
    "metadata",
    "store",
    "service_tier",
    "parallel_tool_calls",
    "prompt_cache_key",
    "safety_identifier",
)
"""They change nothing in the answer."""


@dataclass(frozen=True)
class OpenAIRequest:
    """`inputs` is a list of messages, a text or a list of texts."""

    inputs: Json
    parameters: dict[str, Json]
    is_chat: bool
    model: str
    streams: bool
    usage_in_stream: bool
    echoes: bool


def is_openai_body(value: object) -> bool:
    """Whether it is an object with `messages` or `prompt`."""
    return isinstance(value, dict) and (MESSAGES in value or PROMPT in value)


def parse_openai(body: Mapping[str, Json]) -> OpenAIRequest:
    """Raises `InvalidRequestError` naming the field.

    Without `temperature` and `top_p` the likeliest text is written, not one that is drawn at random.
    """
    _require_supported(body)
    parameters = _parameters(body)
    is_chat = MESSAGES in body
    options = body.get("stream_options") or {}
    return OpenAIRequest(
        _messages(body[MESSAGES]) if is_chat else body[PROMPT],
        parameters,
        is_chat,
        str(body.get("model") or ""),
        _flag(body, "stream"),
        isinstance(options, dict) and bool(options.get("include_usage")),
        not is_chat and _flag(body, "echo"),
    )


def _require_supported(body: Mapping[str, Json]) -> None:
    names = {*_NAMES, *_OWN, *_NEUTRAL, *_IGNORED}
    for name, value in body.items():
        if name not in names:
            raise InvalidRequestError(
                f"{name}: expected a field of a chat or completion; found {name!r}. Remove it."
            )
        neutral = _NEUTRAL.get(name)
        if neutral is not None and value is not None and value not in neutral:
            expected = " or ".join(map(str, neutral))
            raise InvalidRequestError(
                f"{name}: expected {expected}, for nothing else is supported; found {describe(value)}. Remove it."
            )
    if MESSAGES in body and PROMPT in body:
        raise InvalidRequestError(
            "prompt: expected messages or a prompt; found both. Send one of them."
        )


def _parameters(body: Mapping[str, Json]) -> dict[str, Json]:
    parameters: dict[str, Json] = {}
    for name, own in _NAMES.items():
        if body.get(name) is not None:
            parameters[own] = body[name]
    if parameters.get("stop") == []:
        del parameters["stop"]
    most = parameters.get("max_new_tokens")
    if isinstance(most, int) and not isinstance(most, bool):
        parameters["max_new_tokens"] = min(most, MAX_NEW_TOKENS)
    draws = ("temperature", "top_p", "top_k")
    parameters["do_sample"] = any(name in parameters for name in draws)
    return parameters


def _flag(body: Mapping[str, Json], name: str) -> bool:
    value = body.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise InvalidRequestError(
        f"{name}: expected true or false; found {describe(value)}. Correct it."
    )


def _messages(value: Json) -> Json:
    """The messages, each with a text in place of a list of texts, and developers as the system."""
    if not isinstance(value, list):
        raise InvalidRequestError(
            f"messages: expected a list of messages; found {describe(value)}. Correct it."
        )
    messages: list[Json] = []
    for message in value:
        if not isinstance(message, dict):
            messages.append(message)
            continue
        role = message.get("role")
        content = _content(message.get("content"))
        messages.append(
            {"role": "system" if role == "developer" else role, "content": content}
        )
    return messages


def _content(content: Json) -> Json:
    """A list of parts of text as one text; the content as it is where a part is something else."""
    if not isinstance(content, list):
        return content
    texts: list[str] = []
    for piece in cast("Sequence[Json]", content):
        text = piece.get("text") if isinstance(piece, dict) else piece
        if not isinstance(text, str):
            return content
        texts.append(text)
    return "\n".join(texts)
