"""Texts that are sent as they are written, by a real server and its worker."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.integration.inference.process import Serving, serving
from tests.tiny_models import build_llama

LONG = {"min_new_tokens": 240, "max_new_tokens": 240}
"""Almost all positions of the tiny model."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_llama(tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Serving]:
    with serving(folder, TRAINDROP_RUN="m-1") as running:
        running.wait_until_ready()
        yield running


@pytest.mark.parametrize("more", [{}, {"stream": True}], ids=["whole", "stream"])
def test_an_answer_names_its_run_where_its_variant_does_not(
    server: Serving, more: dict[str, Any]
) -> None:
    body = {"inputs": "the", "parameters": {"max_new_tokens": 2}, **more}
    answer = server.post(body)
    assert answer.headers["x-amzn-sagemaker-custom-attributes"] == "run=m-1"


def events_of(response: httpx.Response) -> Iterator[Any]:
    for line in response.iter_lines():
        if line.startswith("data: {"):
            yield json.loads(line.removeprefix("data: "))


def test_a_text_comes_token_by_token_and_is_the_whole_one(server: Serving) -> None:
    body = {"inputs": "the council met", "parameters": {"max_new_tokens": 12}}
    whole = server.post(body).json()[0]["generated_text"]
    with server.client.stream(
        "POST", "/invocations", json=body | {"stream": True}
    ) as response:
        assert response.headers["content-type"] == "text/event-stream"
        events = list(events_of(response))
    texts = [event["token"]["text"] for event in events]
    assert len(texts) == 12
    assert "the council met" + "".join(texts) == whole
    assert events[-1]["generated_text"] == whole


def test_a_stream_begins_long_before_its_end(server: Serving) -> None:
    body = {"inputs": "the", "parameters": LONG, "stream": True}
    start = time.monotonic()
    with server.client.stream("POST", "/invocations", json=body) as response:
        events = events_of(response)
        next(events)
        first = time.monotonic() - start
        count = 1 + sum(1 for _ in events)
    assert count == 240
    assert first < 0.5 * (time.monotonic() - start)


def test_openais_completions_are_answered(server: Serving) -> None:
    body = {"model": "m", "prompt": "the council met", "max_tokens": 6}
    answer = server.post(body).json()
    assert answer["object"] == "text_completion"
    assert answer["usage"]["completion_tokens"] == 6
    with server.client.stream(
        "POST", "/invocations", json=body | {"stream": True}
    ) as response:
        text = "".join(event["choices"][0]["text"] for event in events_of(response))
    assert text == answer["choices"][0]["text"]


def test_openais_clients_find_their_paths(server: Serving) -> None:
    body = {"model": "m", "prompt": "the council met", "max_tokens": 6}
    answer = server.client.post("/v1/completions", json=body)
    assert answer.json()["choices"] == server.post(body).json()["choices"]
    chat = {"model": "m", "messages": [{"role": "user", "content": "who met?"}]}
    refusal = server.client.post("/v1/chat/completions", json=chat)
    assert refusal.json()["message"].startswith("messages: expected a text, for this")


def test_many_at_once_are_answered_as_alone(server: Serving) -> None:
    words = ["the", "council", "met", "and", "decided", "to", "build", "it"]

    def ask(count: int) -> str:
        body = {
            "inputs": " ".join(words[: 1 + count % 8]),
            "parameters": {"max_new_tokens": 1 + count % 20},
        }
        answer = server.post(body)
        assert answer.status_code == 200
        return answer.text

    alone = [ask(count) for count in range(24)]
    with ThreadPoolExecutor(24) as pool:
        assert list(pool.map(ask, range(24))) == alone


def test_a_short_text_does_not_wait_for_a_long_one(server: Serving) -> None:
    with ThreadPoolExecutor(2) as pool:
        body = {"inputs": "the", "parameters": LONG}
        long = pool.submit(server.post, body)
        time.sleep(0.05)
        short = pool.submit(
            server.post, {"inputs": "a", "parameters": {"max_new_tokens": 2}}
        )
        assert short.result().status_code == 200
        assert not long.done()
        assert long.result().status_code == 200


def test_a_client_that_leaves_is_no_longer_written_for(server: Serving) -> None:
    bodies = [{"inputs": "the", "parameters": LONG, "stream": True}] * 3
    for body in bodies:
        with server.client.stream("POST", "/invocations", json=body) as response:
            next(events_of(response))
    assert server.post({"inputs": "a"}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": ["a", "b"], "stream": True},
        {"inputs": "a", "stream": "yes"},
        {"messages": [{"role": "user", "content": "a"}]},
        {"prompt": "a", "n": 2},
    ],
)
def test_what_cannot_be_streamed_is_refused_before_it_begins(
    server: Serving, body: dict[str, Any]
) -> None:
    answer = server.post(body)
    assert answer.status_code == 422
    assert answer.json()["type"] == "InvalidRequest"


def test_a_stream_whose_worker_dies_is_cut_off_and_the_next_is_answered(
    folder: Path,
) -> None:
    body = {"inputs": "the", "parameters": LONG, "stream": True}
    with serving(folder) as running:
        running.wait_until_ready()
        with running.client.stream("POST", "/invocations", json=body) as response:
            events = events_of(response)
            next(events)
            for worker in psutil.Process(running.process.pid).children():
                os.kill(worker.pid, signal.SIGKILL)
            with pytest.raises(httpx.RemoteProtocolError):
                list(events)
        assert running.post({"inputs": "a"}).status_code == 200


def test_strict_mode_streams_nothing(folder: Path) -> None:
    with serving(folder, "--strict") as running:
        running.wait_until_ready()
        answer = running.post({"inputs": "a", "stream": True})
        assert answer.headers["content-type"] == "application/json"
        assert "generated_text" in answer.json()[0]
