"""The app without a socket; a stand-in answers in the place of the queue."""

from __future__ import annotations

import asyncio
from typing import cast

import httpx
import pytest

from inference.model.environment import Environment
from inference.protocols.messages import Call, Reply
from inference.server.app import create_app
from inference.server.batcher import Batcher, OverloadedError
from inference.server.state import ServerState


class Echo:
    """Answers with the body; refuses `full`."""

    ready = True

    def submit(self, call: Call) -> asyncio.Future[Reply]:
        if call.body == b"full":
            raise OverloadedError("9 requests are waiting for the model", 7)
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        reply.set_result(Reply(200, call.body, "text/plain"))
        return reply


def ask(
    state: ServerState,
    method: str,
    path: str,
    body: bytes = b"",
    limit: int | None = None,
) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(
            create_app(state, Environment(body_limit=limit))
        )
        async with httpx.AsyncClient(
            transport=transport, base_url="http://server"
        ) as client:
            return await client.request(method, path, content=body)

    return asyncio.run(send())


@pytest.fixture
def state() -> ServerState:
    return ServerState(cast(Batcher, Echo()))


def test_ping_is_200_only_when_the_model_can_answer(state: ServerState) -> None:
    assert ask(ServerState(), "GET", "/ping").status_code == 503
    assert ask(state, "GET", "/ping").json() == {"status": "Healthy"}


def test_an_invocation_is_answered_by_the_model(state: ServerState) -> None:
    answer = ask(state, "POST", "/invocations", b"hello")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (
        200,
        b"hello",
        "text/plain",
    )


def test_while_the_model_loads_callers_are_asked_to_return() -> None:
    answer = ask(ServerState(), "POST", "/invocations", b"{}")
    assert (
        answer.status_code,
        answer.json()["type"],
        answer.headers["retry-after"],
    ) == (
        503,
        "ModelNotReady",
        "1",
    )


def test_a_full_queue_says_when_to_return(state: ServerState) -> None:
    answer = ask(state, "POST", "/invocations", b"full")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert (
        answer.json()["message"]
        == "9 requests are waiting for the model; try again shortly."
    )


def test_a_body_beyond_the_limit_is_refused(state: ServerState) -> None:
    answer = ask(state, "POST", "/invocations", b"x" * 11, limit=10)
    assert answer.status_code == 413
    assert answer.json()["message"] == (
        "expected a body of at most 10 bytes; found more. Send fewer inputs a request."
    )


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        (
            "GET",
            "/else",
            404,
            "expected /ping or /invocations; found '/else'. Correct the path.",
        ),
        ("GET", "/invocations", 405, "expected POST; found GET. Change the method."),
    ],
)
def test_other_paths_and_methods_are_named(
    state: ServerState, method: str, path: str, status: int, message: str
) -> None:
    answer = ask(state, method, path)
    assert (answer.status_code, answer.json()["message"]) == (status, message)
