from __future__ import annotations

import pytest

from inference.protocols.errors import InvalidRequestError
from inference.protocols.messages import Call
from inference.protocols.traindrop import TraindropProtocol, predict, split_request


class Array:
    def tolist(self) -> list[str]:
        return ["a", "b"]


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        ({"inputs": "a"}, ("a", {})),
        ({"inputs": "a", "parameters": None}, ("a", {})),
        ({"inputs": "a", "parameters": {"top_k": 1}}, ("a", {"top_k": 1})),
        ({"text": "a", "text_pair": "b"}, ({"text": "a", "text_pair": "b"}, {})),
        (Array(), (["a", "b"], {})),
    ],
)
def test_a_request_is_inputs_and_parameters(data: object, parts: object) -> None:
    assert split_request(data) == parts


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(
        InvalidRequestError, match=r"^n: expected only the fields inputs and parameters"
    ):
        split_request({"inputs": "a", "n": 1})


def test_the_default_hook_calls_the_model_with_parameters_as_keywords() -> None:
    assert (
        predict(
            {"inputs": "a", "parameters": {"times": 2}},
            lambda inputs, times: inputs * times,
        )
        == "aa"
    )


def test_hooks_are_asked_for_the_default_where_the_caller_takes_any() -> None:
    protocol = TraindropProtocol("text/csv")
    assert [
        protocol.hook_accept(Call(b"", accept=accept))
        for accept in (None, "*/*", "a/b")
    ] == [
        "text/csv",
        "text/csv",
        "a/b",
    ]


def test_a_hook_may_return_bytes_text_or_json() -> None:
    protocol = TraindropProtocol()
    assert [protocol.encode_hook_output(output) for output in (b"a", "ü", [1])] == [
        b"a",
        "ü".encode(),
        b"[1]",
    ]


def test_the_caller_s_mistake_is_a_4xx_and_the_model_s_a_500() -> None:
    protocol = TraindropProtocol()
    assert protocol.error_reply(InvalidRequestError("inputs: wrong")).status == 422
    assert protocol.error_reply(KeyError("x")).status == 500
