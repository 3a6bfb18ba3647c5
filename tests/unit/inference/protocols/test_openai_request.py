from __future__ import annotations

from typing import Any

import pytest

from inference.protocols.errors import InvalidRequestError
from inference.protocols.openai_request import is_openai_body, parse_openai

USER = {"role": "user", "content": "who met?"}


def test_a_chat_is_read_in_the_words_of_the_pipeline() -> None:
    request = parse_openai(
        {
            "model": "reviews",
            "messages": [{"role": "developer", "content": "be brief"}, USER],
            "max_completion_tokens": 9,
            "temperature": 0.5,
            "stop": ["\n"],
            "user": "someone",
            "n": 1,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
    )
    assert request.inputs == [{"role": "system", "content": "be brief"}, USER]
    assert request.parameters == {
        "max_new_tokens": 9,
        "temperature": 0.5,
        "stop": ["\n"],
        "do_sample": True,
    }
    assert (request.is_chat, request.model) == (True, "reviews")
    assert request.streams
    assert request.usage_in_stream


def test_parts_of_text_are_one_text() -> None:
    parts = [{"type": "text", "text": "who"}, {"type": "text", "text": "met?"}]
    request = parse_openai({"messages": [{"role": "user", "content": parts}]})
    assert request.inputs == [{"role": "user", "content": "who\nmet?"}]


def test_without_a_temperature_the_likeliest_text_is_written() -> None:
    assert parse_openai({"prompt": "a"}).parameters == {"do_sample": False}


def test_more_tokens_than_are_written_are_as_many_as_are_written() -> None:
    body: dict[str, Any] = {"prompt": "a", "max_tokens": 9_000, "stop": []}
    assert parse_openai(body).parameters["max_new_tokens"] == 1024
    assert "stop" not in parse_openai(body).parameters


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"max_token": 3},
            "max_token: expected a field of a chat or completion; found 'max_token'. Remove it.",
        ),
        (
            {"n": 2},
            "n: expected 1, for nothing else is supported; found the number 2. Remove it.",
        ),
        (
            {"frequency_penalty": 0.5},
            "frequency_penalty: expected 0, for nothing else is supported; found the number 0.5. Remove it.",
        ),
        (
            {"stream": 1},
            "stream: expected true or false; found the number 1. Correct it.",
        ),
        (
            {"messages": [USER]},
            "prompt: expected messages or a prompt; found both. Send one of them.",
        ),
    ],
)
def test_what_is_not_supported_is_named(more: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_openai({"prompt": "a"} | more)
    assert str(caught.value) == message


def test_messages_are_a_list() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_openai({"messages": "hello"})
    assert (
        str(caught.value)
        == "messages: expected a list of messages; found 'hello'. Correct it."
    )


def test_only_objects_with_messages_or_a_prompt_are_openais() -> None:
    assert is_openai_body({"prompt": ""})
    assert not is_openai_body({"inputs": ""})
    assert not is_openai_body("prompt")
