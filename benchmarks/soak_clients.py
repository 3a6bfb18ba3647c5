"""The clients of a soak: good ones whose answers are known, and all the others a server meets."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmarks.soak_http import JSON, Connection, ConnectionLostError, Response, head
from benchmarks.soak_report import RIGHT, SHED, TURNED_AWAY, Report

ANSWER_SECONDS = 60.0
"""After that, a request of a good client counts as not answered; after twice that, one of any other client."""
OVERLOADED_STATUSES = (429, 503)
LARGE_BODY_BYTES = 7_000_000
VANISHING_CLIENTS, SLOW_CLIENTS = 4, 4

Client = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Question:
    """A text, and what a server must answer: the label, and the score within the tolerance."""

    text: str
    label: str
    score: float
    tolerance: float

    @property
    def body(self) -> bytes:
        return json.dumps({"inputs": self.text}).encode()

    def accepts(self, answer: Any) -> bool:
        try:
            difference = abs(answer["score"] - self.score)
            return bool(answer["label"] == self.label and difference <= self.tolerance)
        except (KeyError, TypeError):
            return False


@dataclass
class SoakState:
    """What the clients share. `ending`: SIGTERM was sent; `bursts`: those whose requests are not all answered yet."""

    port: int
    questions: Sequence[Question]
    report: Report = field(default_factory=Report)
    bursts: int = 0
    ending: bool = False

    def may_refuse(self, response: Response, burst_before: bool) -> bool:
        """Whether it is in order to refuse a request so: there was a burst, and `Retry-After` says when to come back.

        `burst_before`: there was one when the request was sent.
        """
        retry_after = response.headers.get("retry-after", "")
        in_burst = burst_before or self.bursts > 0
        return (
            in_burst
            and response.status in OVERLOADED_STATUSES
            and retry_after.isdecimal()
        )


def outcome(response: Response, questions: Sequence[Question]) -> str:
    """The outcome of a valid request with these questions: `RIGHT`, or what was expected and what was found."""
    if response.status != 200:
        return f"expected 200; found {response.status} {response.body[:120].decode('utf-8', 'replace')}"
    answers = json.loads(response.body)
    if len(answers) == len(questions) and _all_right(answers, questions):
        return RIGHT
    first = questions[0]
    return f"expected {first.label} {first.score:.4f}; found {str(answers)[:120]}"


def _all_right(answers: Sequence[Any], questions: Sequence[Question]) -> bool:
    pairs = zip(answers, questions, strict=True)
    return all(question.accepts(answer) for answer, question in pairs)


async def good_client(state: SoakState, number: int) -> None:
    """Sends one question after the other, until the server is ending and takes no more."""
    count = len(state.questions)
    first = number * count // 64
    with closing(Connection(state.port)) as connection:
        for turn in itertools.count(first):
            question = state.questions[turn % count]
            if await _ask(state, connection, question) == TURNED_AWAY:
                return


async def _ask(state: SoakState, connection: Connection, question: Question) -> str:
    """Sends one question, counts the outcome and returns it."""
    burst_before = state.bursts > 0
    start = time.monotonic()
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            response = await connection.post(question.body)
    except (ConnectionLostError, TimeoutError) as error:
        connection.close()
        return await _count_unanswered(state, error)
    if state.may_refuse(response, burst_before):
        state.report.count("good", SHED)
        # The server may close an idle connection at the very moment it is used again.
        connection.close()
        retry_after = float(response.headers["retry-after"])
        await asyncio.sleep(min(5.0, retry_after))
        return SHED
    good_outcome = outcome(response, [question])
    state.report.count("good", good_outcome)
    state.report.good_seconds.append(time.monotonic() - start)
    state.report.answered_while_ending += state.ending
    return good_outcome


async def _count_unanswered(state: SoakState, error: Exception) -> str:
    unread = isinstance(error, ConnectionLostError) and not error.request_read
    if state.ending and unread:
        state.report.count("good", TURNED_AWAY)
        return TURNED_AWAY
    message = _unanswered(error)
    state.report.count("good", message)
    await asyncio.sleep(0.1)
    return message


@dataclass(frozen=True)
class InvalidRequest:
    """A request that must be answered with this status; a client sends it again after the pause."""

    name: str
    status: int
    body: bytes
    content_type: str = JSON
    pause_seconds: float = 0.2


INVALID_REQUESTS = (
    InvalidRequest("bad JSON", 400, b'{"inputs": '),
    InvalidRequest("no body", 400, b""),
    InvalidRequest("NaN", 400, b'{"inputs": "x", "parameters": {"top_k": NaN}}'),
    InvalidRequest("deep nesting", 400, b"[" * 100_000),
    InvalidRequest("deep objects", 400, b'{"inputs":' * 50_000),
    InvalidRequest("not UTF-8", 400, b'{"inputs": "\xff"}'),
    InvalidRequest("wrong type", 422, b'{"inputs": 1}'),
    InvalidRequest(
        "wrong parameter", 422, b'{"inputs": "x", "parameters": {"top_k": "many"}}'
    ),
    InvalidRequest("wrong content type", 415, b"x", "text/html"),
    InvalidRequest("7 MB", 413, b" " * LARGE_BODY_BYTES, pause_seconds=2.0),
)


async def invalid_client(state: SoakState, request: InvalidRequest) -> None:
    """Sends the same invalid request again and again."""
    with closing(Connection(state.port)) as connection:
        while True:
            post = partial(connection.post, request.body, request.content_type)
            await _check_status(state, request.name, request.status, post)
            await asyncio.sleep(request.pause_seconds)


async def _check_status(
    state: SoakState, name: str, status: int, send: Callable[[], Awaitable[Response]]
) -> None:
    """Counts whether the request was answered with this status, or refused for a reason."""
    burst_before = state.bursts > 0
    try:
        async with asyncio.timeout(2 * ANSWER_SECONDS):
            response = await send()
    except (ConnectionLostError, ConnectionError, TimeoutError) as error:
        state.report.count(name, _unanswered(error))
        return
    if state.may_refuse(response, burst_before):
        state.report.count(name, SHED)
    elif response.status == status:
        state.report.count(name, RIGHT)
    else:
        state.report.count(name, f"expected {status}; found {response.status}")


def _unanswered(error: Exception) -> str:
    return f"not answered: {str(error) or 'no answer for a minute or more'}"


async def vanishing_client(state: SoakState, rng: random.Random) -> None:
    """Leaves in the middle of its request, or before its response; it closes the connection, or it crashes."""
    body = state.questions[0].body
    request = head(len(body)) + body
    while True:
        with closing(Connection(state.port)) as connection:
            try:
                _, writer = await connection.open()
                sent_bytes = rng.choice((len(request), rng.randrange(1, len(request))))
                writer.write(request[:sent_bytes])
                await writer.drain()
                await asyncio.sleep(rng.choice((0.0, 0.005, 0.05)))
                leave = rng.choice((connection.close, connection.abort))
                leave()
                state.report.count("vanishing", RIGHT)
            except (ConnectionLostError, ConnectionError) as error:
                state.report.count("vanishing", f"not let in: {error}")
        await asyncio.sleep(0.05)


@dataclass(frozen=True)
class SlowRequest:
    """A request whose body comes a byte at a time, and the status it must be answered with."""

    name: str
    status: int
    body: bytes


SLOW_REQUESTS = (
    SlowRequest("slow", 200, b'{"inputs":"x"}'),
    SlowRequest("endless", 408, b" " * 10_000),
)


async def slow_client(
    state: SoakState, request: SlowRequest, pause_seconds: float
) -> None:
    """Sends the same slow request again and again, each over a connection of its own."""
    while True:
        with closing(Connection(state.port)) as connection:
            send = partial(_send_slowly, connection, request.body, pause_seconds)
            await _check_status(state, request.name, request.status, send)


async def _send_slowly(
    connection: Connection, body: bytes, pause_seconds: float
) -> Response:
    """Returns the response, which may come before the whole body is sent."""
    _, writer = await connection.open()
    writer.write(head(len(body)))
    response = asyncio.ensure_future(connection.response())
    try:
        for number in range(len(body)):
            writer.write(body[number : number + 1])
            done, _ = await asyncio.wait([response], timeout=pause_seconds)
            if done:
                break
        return await response
    finally:
        response.cancel()


async def burst(state: SoakState, clients: int, texts: int) -> None:
    """So many clients at once, each with so many texts: more than the server lets wait."""
    state.bursts += 1
    state.report.bursts += 1
    try:
        requests = [_burst_request(state, number, texts) for number in range(clients)]
        await asyncio.gather(*requests)
    finally:
        state.bursts -= 1


async def _burst_request(state: SoakState, number: int, texts: int) -> None:
    count = len(state.questions)
    questions = [
        state.questions[index % count] for index in range(number, number + texts)
    ]
    body = json.dumps({"inputs": [question.text for question in questions]}).encode()
    start = time.monotonic()
    with closing(Connection(state.port)) as connection:
        try:
            async with asyncio.timeout(2 * ANSWER_SECONDS):
                response = await connection.post(body)
        except (ConnectionLostError, TimeoutError) as error:
            state.report.count("burst", _unanswered(error))
            return
    if state.may_refuse(response, burst_before=True):
        state.report.shed_seconds.append(time.monotonic() - start)
        state.report.count("burst", SHED)
    else:
        state.report.count("burst", outcome(response, questions))


def bad_clients(
    state: SoakState, rng: random.Random, pause_seconds: float
) -> list[Client]:
    """All clients that are not good ones; `pause_seconds` lie between two bytes of a slow one."""
    clients: list[Client] = [
        partial(invalid_client, state, request) for request in INVALID_REQUESTS
    ]
    clients += [partial(vanishing_client, state, rng)] * VANISHING_CLIENTS
    clients += [
        partial(slow_client, state, request, pause_seconds)
        for request in SLOW_REQUESTS * SLOW_CLIENTS
    ]
    return clients
