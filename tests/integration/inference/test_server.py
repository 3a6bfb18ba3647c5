"""The server, asked over HTTP."""

from __future__ import annotations

import asyncio
import json
import socket
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from inference.archive import load
from inference.server.batcher import CAPACITY_CALLS
from inference.service import NOTES_HEADER
from tests.integration.inference.process import Serving, serving
from tests.integration.inference.scripts import ECHO, SLOW_ANSWER, SLOW_START
from tests.tiny_model import POSITIONS
from tests.unit.inference.model_folder import add_code

JSON = {"Content-Type": "application/json"}


def problem(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert sorted(body) == ["code", "message", "type"]
    assert body["code"] == response.status_code
    assert response.headers["content-type"] == "application/json"
    return body["code"], body["type"]


def same(one: Any, other: Any) -> bool:
    """Equal but for what batching does to the last digits."""
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(
        one["label"] == other["label"] and abs(one["score"] - other["score"]) < 1e-5
    )


def test_predicts_as_the_service_does_in_process(
    server: Serving, tiny_model: Path
) -> None:
    response = server.post(
        {"inputs": ["a good film", "bad"], "parameters": {"top_k": None}}
    )
    assert (response.status_code, response.headers["content-type"]) == (
        200,
        "application/json",
    )
    assert same(
        response.json(), json.loads(load(tiny_model).invoke(response.request.content))
    )


def test_ping_takes_get_and_post(server: Serving) -> None:
    assert server.client.get("/ping").json() == {"status": "Healthy"}
    assert server.client.post("/ping").status_code == 200


def test_concurrent_requests_answer_as_single_ones(server: Serving) -> None:
    bodies: list[dict[str, Any]] = [
        {"inputs": "good bad film " * (n % 20 + 1)} for n in range(200)
    ]
    bodies += [
        {"inputs": ["a", "plot " * n], "parameters": {"top_k": None}}
        for n in range(1, 20)
    ]
    single = [server.post(body).json() for body in bodies]
    with ThreadPoolExecutor(16) as pool:
        together = [response.json() for response in pool.map(server.post, bodies)]
    assert all(map(same, single, together))


def test_bad_requests_harm_no_good_ones_beside_them(server: Serving) -> None:
    def ask(number: int) -> int:
        content = b'{"inputs": "good"}' if number % 2 else b'{"inputs": [1]}'
        return server.client.post(
            "/invocations", content=content, headers=JSON
        ).status_code

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, range(200))) == [422, 200] * 100


@pytest.mark.parametrize(
    ("content", "headers", "expected"),
    [
        (b"{", JSON, (400, "MalformedBody")),
        (b"", JSON, (400, "MalformedBody")),
        (b'{"inputs": 1}', JSON, (422, "InvalidRequest")),
        (b"x", {"Content-Type": "text/html"}, (415, "UnsupportedMediaType")),
        (b"x", {}, (415, "UnsupportedMediaType")),
        (b'{"inputs": "x"}', JSON | {"Accept": "text/html"}, (406, "NotAcceptable")),
        (b"[" * 100_000, JSON, (400, "MalformedBody")),
    ],
)
def test_callers_mistakes_are_4xx(
    server: Serving, content: bytes, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    assert (
        problem(server.client.post("/invocations", content=content, headers=headers))
        == expected
    )


def test_charset_parameter_is_accepted(server: Serving) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert (
        server.client.post(
            "/invocations", content=b'{"inputs": "x"}', headers=headers
        ).status_code
        == 200
    )


def test_unknown_path_and_method_are_json(server: Serving) -> None:
    assert problem(server.client.get("/models")) == (404, "ResourceNotFound")
    response = server.client.get("/invocations")
    assert problem(response) == (405, "MethodNotAllowed")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("has_length", [True, False], ids=["content-length", "chunked"])
def test_body_over_the_limit_is_413(server: Serving, has_length: bool) -> None:
    def chunks() -> Any:
        yield from (b" " * 1_000_000 for _ in range(8))

    content = b" " * 6_291_457 if has_length else chunks()
    response = server.client.post("/invocations", content=content, headers=JSON)
    assert problem(response) == (413, "BodyTooLarge")
    assert "at most 6,291,456 bytes" in response.json()["message"]


def test_body_at_the_limit_is_read(server: Serving) -> None:
    content = b'{"inputs": "x"}'.ljust(6_291_456)
    assert (
        server.client.post("/invocations", content=content, headers=JSON).status_code
        == 200
    )


def test_truncation_is_told_in_a_header(server: Serving) -> None:
    assert (
        server.post({"inputs": "good " * POSITIONS}).headers[NOTES_HEADER]
        == "truncated=1"
    )


def test_client_that_vanishes_harms_nobody(server: Serving) -> None:
    for sent in (
        b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"POST /invo",
    ):
        with socket.create_connection(
            ("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
        ) as connection:
            connection.sendall(sent)
    assert server.post({"inputs": "x"}).status_code == 200


def test_ping_is_503_until_the_model_answers(tmp_path: Path) -> None:
    with serving(add_code(tmp_path, inference=SLOW_START + ECHO)) as starting:
        while starting.ping() is None:
            time.sleep(0.02)
        early = starting.client.post("/invocations", content=b"x")
        assert problem(early) == (503, "ModelNotReady")
        assert early.headers["retry-after"] == "1"
        assert set(starting.wait_until_ready()) == {503, 200}
        assert (
            starting.client.post(
                "/invocations", content=b"x", headers={"Content-Type": "text/csv"}
            ).text
            == "m|x"
        )


def test_archive_is_unpacked_and_served_with_its_own_key(tmp_path: Path) -> None:
    script = "def model_fn(d): return 1\ndef predict_fn(data, model): return {'loud': data['quiet'].upper()}\n"
    (tmp_path / "m").mkdir()
    add_code(tmp_path / "m", inference=script)
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "m", ".")
    with serving(tmp_path / "model.tar.gz") as started:
        started.wait_until_ready()
        assert started.post({"quiet": "hush"}).json() == {"loud": "HUSH"}


def test_environment_of_the_container_is_enough(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    add_code(tmp_path / "model", serve=ECHO, inference="raise RuntimeError")
    variables = {
        "SAGEMAKER_BASE_DIR": str(tmp_path),
        "SAGEMAKER_PROGRAM": "serve.py",
        "HF_TASK": "",
    }
    with serving(None, **variables) as started:
        started.wait_until_ready()
        assert (
            started.client.post(
                "/invocations", content=b"x", headers={"Content-Type": "text/csv"}
            ).text
            == "m|x"
        )


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            "def model_fn(): pass",
            "expected model_fn(model_dir) or model_fn(model_dir, context); found 0 parameters.",
        ),
        ("def model_fn(d): raise OSError('disk on fire')", "OSError: disk on fire"),
    ],
)
def test_model_that_cannot_be_loaded_ends_the_process(
    tmp_path: Path, script: str, message: str
) -> None:
    with serving(add_code(tmp_path, inference=script)) as started:
        assert started.process.wait(timeout=30) == 1
        assert message in started.log


def test_port_in_use_ends_the_process(server: Serving, tmp_path: Path) -> None:
    port = server.url.rsplit(":", 1)[1]
    with serving(add_code(tmp_path, inference=ECHO), "--port", port) as second:
        assert second.process.wait(timeout=30) == 1
        assert "address already in use" in second.log


def test_queue_is_bounded_and_says_when_to_come_back(tmp_path: Path) -> None:
    async def flood(url: str) -> list[httpx.Response]:
        """What was answered before 30 were refused, and a moment longer; the other callers leave."""
        limits = httpx.Limits(max_connections=300)
        async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
            waiting = {
                asyncio.ensure_future(client.post("/invocations", content=b"x"))
                for _ in range(300)
            }
            done: set[asyncio.Future[httpx.Response]] = set()
            while waiting and sum(map(is_refused, done)) < 30:
                more, waiting = await asyncio.wait(
                    waiting, return_when=asyncio.FIRST_COMPLETED
                )
                done |= more
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            return [task.result() for task in done]

    def is_refused(call: asyncio.Future[httpx.Response]) -> bool:
        return call.result().status_code == 503

    with serving(add_code(tmp_path, inference=SLOW_ANSWER)) as started:
        started.wait_until_ready()
        refused = [
            response
            for response in asyncio.run(flood(started.url))
            if response.status_code == 503
        ]
        assert 30 <= len(refused) <= 300 - CAPACITY_CALLS
        assert {problem(response) for response in refused} == {(503, "Overloaded")}
        assert {response.headers["retry-after"] for response in refused} == {"1"}
        # The callers above have left: their calls must not be answered one by one first.
        began = time.monotonic()
        assert (
            started.client.post(
                "/invocations", content=b"y", headers={"Content-Type": "text/csv"}
            ).text
            == "y"
        )
        one_by_one = CAPACITY_CALLS * 0.3
        assert time.monotonic() - began < one_by_one / 2


def test_answer_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    script = "import time\ndef model_fn(m): return None\ndef transform_fn(m, b, c, a): time.sleep(5)"
    with serving(
        add_code(tmp_path, inference=script), SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS="1"
    ) as server:
        server.wait_until_ready()
        answer = server.post({"inputs": "x"})
    assert answer.status_code == 504
    assert answer.json() == {
        "code": 504,
        "type": "ModelTimeout",
        "message": "expected an answer within 1 s; the model took longer. Send fewer inputs a request.",
    }


def test_limit_of_bodies_may_be_set(tiny_model: Path) -> None:
    with serving(tiny_model, MMS_MAX_REQUEST_SIZE="20") as server:
        server.wait_until_ready()
        answers = [
            server.post({"inputs": text}) for text in ("x", "far too long for it")
        ]
    assert [answer.status_code for answer in answers] == [200, 413]
    assert (
        answers[1].json()["message"]
        == "expected a body of at most 20 bytes; found more. Send fewer inputs a request."
    )


def test_paths_with_a_slash_at_the_end_are_not_sent_elsewhere(server: Serving) -> None:
    answer = server.client.post("/invocations/", json={"inputs": "x"})
    assert (answer.status_code, answer.json()["type"]) == (404, "ResourceNotFound")


def test_model_whose_preparing_raises_ends_the_process(tmp_path: Path) -> None:
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "traindrop.json").write_text("{", "utf-8")
    with serving(add_code(tmp_path, inference=ECHO)) as started:
        assert started.process.wait(timeout=30) == 1
        assert "the model cannot be served: preparing it raised" in started.log
