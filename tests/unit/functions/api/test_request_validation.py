from __future__ import annotations

import gzip
import re
from typing import Any

import pytest

from functions.api.errors import ApiError
from functions.api.request_validation import check_request, json_body
from functions.common.request_check import first_problem

TASK = "text-classification"


@pytest.mark.parametrize(
    "request_body",
    [
        {"inputs": "fine"},
        {"inputs": ["fine", "too"]},
        {"inputs": {"text": "a", "text_pair": "b"}},
        {
            "inputs": ["a"],
            "parameters": {"top_k": None, "function_to_apply": "softmax"},
        },
    ],
)
def test_what_the_task_takes_is_accepted(request_body: dict[str, Any]) -> None:
    check_request(TASK, request_body)


@pytest.mark.parametrize(
    ("request_body", "field", "problem"),
    [
        ([], "body", "expected an object with inputs; found []"),
        ("text", "body", 'expected an object with inputs; found "text"'),
        ({}, "inputs", "found nothing"),
        ({"input": "x"}, "inputs", "found 'input' instead"),
        ({"texts": "x"}, "inputs", "found nothing"),
        ({"inputs": ""}, "inputs", 'expected a text that is not empty; found ""'),
        ({"inputs": 3}, "inputs", "found 3"),
        ({"inputs": []}, "inputs", "expected a list that is not empty"),
        (
            {"inputs": ["a", ""]},
            "inputs[1]",
            'expected a text that is not empty; found ""',
        ),
        ({"inputs": ["a", None]}, "inputs[1]", "found null"),
        (
            {"inputs": {"text": 1}},
            "inputs.text",
            "expected a text that is not empty; found 1",
        ),
        ({"inputs": {"txt": "a"}}, "inputs.text", "found 'txt' instead"),
        (
            {"inputs": "a", "parameters": {"top_k": 0}},
            "parameters.top_k",
            "a whole number of at least 1; found 0",
        ),
        (
            {"inputs": "a", "parameters": {"top_k": True}},
            "parameters.top_k",
            "found true",
        ),
        (
            {"inputs": "a", "parameters": {"topk": 1}},
            "parameters.topk",
            "there is no such field; did you mean 'top_k'?",
        ),
        (
            {"inputs": "a", "parameters": {"function_to_apply": "tanh"}},
            "parameters.function_to_apply",
            'expected one of "softmax", "sigmoid", "none"; found "tanh"',
        ),
        (
            {"inputs": "a", "more": 1},
            "more",
            "there is no such field; expected one of inputs, parameters",
        ),
    ],
)
def test_what_the_task_does_not_take_is_named(
    request_body: Any, field: str, problem: str
) -> None:
    with pytest.raises(ApiError, match=re.escape(problem)) as refused:
        check_request(TASK, request_body)
    assert (refused.value.status, refused.value.code) == (422, "invalid_request")
    assert refused.value.more == {"field": field}
    assert refused.value.message.startswith(f"{field}: ")
    assert refused.value.message.endswith(
        ' Send, for example: {"inputs": "This is a sentence to classify."}'
    )


def test_the_whole_sentence_says_what_was_expected_what_found_and_what_to_send() -> (
    None
):
    with pytest.raises(ApiError) as refused:
        check_request(TASK, {"input": "x"})
    assert refused.value.message == (
        "inputs: expected a text that is not empty, an object with text, or a list of these; found 'input' instead. "
        'Send, for example: {"inputs": "This is a sentence to classify."}'
    )
    with pytest.raises(ApiError) as refused:
        check_request(TASK, {"inputs": "a", "parameters": {"topk": 1}})
    assert refused.value.message == (
        "parameters.topk: there is no such field; did you mean 'top_k'? "
        'Send, for example: {"inputs": "This is a sentence to classify."}'
    )


@pytest.mark.parametrize(
    ("body", "content_type", "status", "message"),
    [
        (None, "", 400, "The body is empty"),
        ("  ", "application/json", 400, "The body is empty"),
        (
            '{"inputs": }',
            "application/json",
            400,
            "Expecting value at line 1, column 12.",
        ),
        ('{"inputs": }', "", 400, "Expecting value at line 1, column 12."),
        (b"\xff\xfe\xfa", "application/json", 400, "The body is not UTF-8"),
        ('{"inputs": NaN}', "application/json", 400, "NaN is not a JSON number"),
        (
            '{"inputs": ',
            "application/x-www-form-urlencoded",
            400,
            "at line 1, column 12.",
        ),
        (
            "inputs=x",
            "application/x-www-form-urlencoded",
            415,
            "found application/x-www-form-urlencoded.",
        ),
        ("[" * 100_000, "application/json", 400, "nested too deeply"),
    ],
)
def test_a_body_that_is_not_json_is_refused(
    body: str | bytes | None, content_type: str, status: int, message: str
) -> None:
    with pytest.raises(ApiError, match=re.escape(message)) as refused:
        json_body(body, content_type)
    assert refused.value.status == status


def test_json_under_curls_default_content_type_is_taken() -> None:
    assert json_body('{"inputs": "x"}', "application/x-www-form-urlencoded") == {
        "inputs": "x"
    }
    assert json_body(b'{"inputs": "x"}', "application/json; charset=utf-8") == {
        "inputs": "x"
    }


def test_alternatives_without_a_type_are_described_together() -> None:
    schema = {"anyOf": [{"type": "integer"}, {"type": "integer", "minimum": 3}]}
    assert first_problem(schema, "x") == (
        "body",
        'expected a whole number or a whole number of at least 3; found "x"',
    )


@pytest.mark.parametrize("charset", ["utf-8", '"UTF-8"', "us-ascii"])
def test_bodies_may_name_their_charset(charset: str) -> None:
    content_type = f"application/json; charset={charset}"
    assert json_body('{"inputs": "a"}', content_type) == {"inputs": "a"}


def test_a_charset_that_the_gateway_does_not_read_is_415() -> None:
    with pytest.raises(ApiError) as caught:
        json_body('{"inputs": "caf\ufffd"}', "application/json; charset=ISO-8859-1")
    assert (caught.value.status, caught.value.code, caught.value.message) == (
        415,
        "unsupported_charset",
        "Expected a body in UTF-8; found the charset iso-8859-1. Encode it as UTF-8.",
    )


SENT = '{"inputs": "a"}'


@pytest.mark.parametrize(
    "body",
    [
        SENT.encode("utf-16"),
        SENT.encode("utf-16-le"),
        SENT.encode("utf-16-be").decode(),
        gzip.compress(SENT.encode()),
        gzip.compress(SENT.encode()).decode("utf-8", "replace"),
    ],
    ids=["utf-16", "without-mark", "as-text", "gzip", "gzip-as-text"],
)
def test_a_body_in_another_encoding_says_so(body: bytes | str) -> None:
    with pytest.raises(ApiError) as caught:
        json_body(body, "application/json")
    assert (caught.value.status, caught.value.code) == (400, "bad_json")
    assert caught.value.message.startswith("The body is not ")
    assert caught.value.message.endswith("Send it as UTF-8, uncompressed.")


def test_a_byte_order_mark_of_utf_8_is_dropped() -> None:
    assert json_body(SENT.encode("utf-8-sig"), "") == {"inputs": "a"}
