"""The hooks of an archive, as the stock container calls them: it sends nothing piece by piece."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inference.hooks import input_fn, model_fn, output_fn, predict_fn
from inference.protocols.media import JSON
from tests.tiny_models import build_llama


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return model_fn(build_llama(tmp_path_factory.mktemp("llama")))


def answer(model: Any, body: dict[str, Any]) -> str:
    data = input_fn(json.dumps(body), JSON)
    return output_fn(predict_fn(data, model), JSON).decode()


def test_a_stream_comes_whole(model: Any) -> None:
    body = {"inputs": "the council", "parameters": {"max_new_tokens": 3}}
    text = json.loads(answer(model, body))[0]["generated_text"]
    events = answer(model, body | {"stream": True})
    assert events.startswith("data: {")
    (event,) = events.strip().split("\n\n")
    last = json.loads(event.removeprefix("data: "))
    assert last["generated_text"] == text
    assert last["token"]["text"] == text.removeprefix("the council")
    assert last["details"]["generated_tokens"] == 3


def test_a_completion_is_answered_in_openais_shape(model: Any) -> None:
    body = {"model": "m", "prompt": "the council", "max_tokens": 3}
    whole = json.loads(answer(model, body))
    assert whole["object"] == "text_completion"
    assert whole["usage"]["completion_tokens"] == 3
    events = answer(model, body | {"stream": True})
    assert events.endswith("data: [DONE]\n\n")
