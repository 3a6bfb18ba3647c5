"""What is sent at once and what in pieces, as clients of OpenAI and of text-generation-inference read it."""

from __future__ import annotations

import json
from typing import Any

from inference.predictors.answer_forms import (
    AnswerForm,
    ChatForm,
    CompletionForm,
    PipelineForm,
)
from inference.predictors.generation import GeneratedText

LONG = GeneratedText("one two", False, 3, 2, "length", 12)
ENDED = GeneratedText("x", False, 1, 2, "eos_token", 0)


def events_of(body: bytes) -> list[Any]:
    """The values of the events; the end of a stream of OpenAI's as its text."""
    values: list[Any] = []
    for block in body.decode().split("\n\n")[:-1]:
        prefix, text = block[:6], block[6:]
        assert prefix == "data: "
        values.append(text if text == "[DONE]" else json.loads(text))
    return values


def in_pieces(form: AnswerForm) -> list[Any]:
    """The events of `LONG`, written in two tokens."""
    return events_of(
        form.start(1)
        + form.piece(0, "one", 11)
        + form.last(0, " two", 12, LONG)
        + form.end([LONG])
    )


def test_a_pipelines_stream_has_an_event_a_token_and_the_text_in_the_last() -> None:
    form = PipelineForm(True, lambda _, output: "> " + output.text, True)
    assert in_pieces(form) == [
        {
            "index": 1,
            "token": {"id": 11, "text": "one", "special": False},
            "generated_text": None,
        },
        {
            "index": 2,
            "token": {"id": 12, "text": " two", "special": False},
            "generated_text": "> one two",
            "details": {
                "finish_reason": "length",
                "generated_tokens": 2,
                "input_length": 3,
            },
        },
    ]


def test_a_chat_is_answered_as_openai_does() -> None:
    whole: Any = ChatForm("m", False, False).whole([LONG])
    assert whole.pop("id").startswith("chatcmpl-")
    assert isinstance(whole.pop("created"), int)
    assert whole == {
        "object": "chat.completion",
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "one two"},
                "logprobs": None,
                "finish_reason": "length",
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }


def test_a_chats_stream_names_the_role_first_and_ends_with_a_reason() -> None:
    *chunks, done = in_pieces(ChatForm("m", True, False))
    assert done == "[DONE]"
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    choices = [chunk["choices"][0] for chunk in chunks]
    assert [choice["delta"] for choice in choices] == [
        {"role": "assistant", "content": ""},
        {"content": "one"},
        {"content": " two"},
        {},
    ]
    assert [choice["finish_reason"] for choice in choices] == [
        None,
        None,
        None,
        "length",
    ]
    assert all("usage" not in chunk for chunk in chunks)


def test_usage_comes_in_a_chunk_of_its_own() -> None:
    *chunks, last, _ = in_pieces(ChatForm("m", True, True))
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] == 5
    assert all(chunk["usage"] is None for chunk in chunks)


def test_completions_are_answered_by_their_index() -> None:
    whole: Any = CompletionForm("m", False, False, ["", ""]).whole([LONG, ENDED])
    assert [choice["text"] for choice in whole["choices"]] == ["one two", "x"]
    assert [choice["finish_reason"] for choice in whole["choices"]] == [
        "length",
        "stop",
    ]
    assert whole["usage"]["completion_tokens"] == 4


def test_an_echo_is_the_first_piece() -> None:
    *chunks, _ = in_pieces(CompletionForm("m", True, False, ["so "]))
    texts = [chunk["choices"][0]["text"] for chunk in chunks]
    assert texts == ["so ", "one", " two", ""]


def test_a_stream_of_complete_texts_has_the_same_events() -> None:
    *chunks, done = events_of(
        CompletionForm("m", True, False, ["", ""]).events([LONG, ENDED])
    )
    assert done == "[DONE]"
    by_index: dict[int, str] = {0: "", 1: ""}
    for chunk in chunks:
        choice = chunk["choices"][0]
        by_index[choice["index"]] += choice["text"]
    assert by_index == {0: "one two", 1: "x"}
