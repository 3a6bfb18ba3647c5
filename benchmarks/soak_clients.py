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

from benchmarks.soak_http import JSON, Line, LostError, Response, head
from benchmarks.soak_report import LEFT, RIGHT, SHED, Report

PATIENCE = 60.0
"""Seconds after which a request counts as not answered."""
OVERLOADED = (429, 503)
LARGE = 7_000_000


@dataclass(frozen=True)
class Question:
    """A text, and what a server must answer: the label, and a score that close."""

    text: str
    label: str
    score: float
    tolerance: float

    @property
    def body(self) -> bytes:
        return json.dumps({"inputs": self.text}).encode()

    def right(self, found: Any) -> bool:
        try:
            return bool(found["label"] == self.label and abs(found["score"] - self.score) <= self.tolerance)
        except (KeyError, TypeError):
            return False


@dataclass
class World:
    """What the clients share. `ending`: SIGTERM was sent; `bursts`: those whose requests are not all answered yet."""

    port: int
    questions: Sequence[Question]
    report: Report = field(default_factory=Report)
    bursts: int = 0
    ending: bool = False

    def explained(self, response: Response, burst_before: bool) -> bool:
        """Whether a request may have been refused so: there was a burst, and the answer says when to come back."""
        said = response.headers.get("retry-after", "")
        return response.status in OVERLOADED and said.isdecimal() and (burst_before or self.bursts > 0)


def outcome(response: Response, questions: Sequence[Question]) -> str:
    """Of a request that is in order, one answer for each question."""
    if response.status != 200:
        return f"expected 200; found {response.status} {response.body[:120].decode('utf-8', 'replace')}"
    found = json.loads(response.body)
    fits = len(found) == len(questions) and all(asked.right(each) for asked, each in zip(questions, found, strict=True))
    return RIGHT if fits else f"expected {questions[0].label} {questions[0].score:.4f}; found {str(found)[:120]}"


async def good(world: World, number: int) -> None:
    """Asks one question after the other; ends when the server, having been told to end, takes no more."""
    count = len(world.questions)
    with closing(Line(world.port)) as line:
        for turn in itertools.count(number * count // 64):
            question = world.questions[turn % count]
            before, began = world.bursts > 0, time.monotonic()
            try:
                response = await asyncio.wait_for(line.post(question.body), PATIENCE)
            except (LostError, TimeoutError) as error:
                line.close()
                if world.ending and isinstance(error, LostError) and not error.read:
                    world.report.saw("good", LEFT)
                    return
                world.report.saw("good", _unanswered(error))
                await asyncio.sleep(0.1)
                continue
            if world.explained(response, before):
                world.report.saw("good", SHED)
                # An idle connection may be closed by the server at the very moment it is used again.
                line.close()
                await asyncio.sleep(min(5.0, float(response.headers["retry-after"])))
                continue
            world.report.saw("good", outcome(response, [question]))
            world.report.good_seconds.append(time.monotonic() - began)
            world.report.answered_while_ending += world.ending


@dataclass(frozen=True)
class Mistake:
    """A request that must be answered with this status."""

    name: str
    status: int
    body: bytes
    content_type: str = JSON
    pause: float = 0.2


MISTAKES = (
    Mistake("bad JSON", 400, b'{"inputs": '),
    Mistake("no body", 400, b""),
    Mistake("NaN", 400, b'{"inputs": "x", "parameters": {"top_k": NaN}}'),
    Mistake("deep nesting", 400, b"[" * 100_000),
    Mistake("deep objects", 400, b'{"inputs":' * 50_000),
    Mistake("not UTF-8", 400, b'{"inputs": "\xff"}'),
    Mistake("wrong type", 422, b'{"inputs": 1}'),
    Mistake("wrong parameter", 422, b'{"inputs": "x", "parameters": {"top_k": "many"}}'),
    Mistake("wrong content type", 415, b"x", "text/html"),
    Mistake("7 MB", 413, b" " * LARGE, pause=2.0),
)


async def mistaken(world: World, mistake: Mistake) -> None:
    with closing(Line(world.port)) as line:
        while True:
            sent = partial(line.post, mistake.body, mistake.content_type)
            await _judged(world, mistake.name, mistake.status, sent)
            await asyncio.sleep(mistake.pause)


async def _judged(world: World, name: str, status: int, ask: Callable[[], Awaitable[Response]]) -> None:
    """Records whether the request was answered with this status, or refused for a reason."""
    before = world.bursts > 0
    try:
        response = await asyncio.wait_for(ask(), 2 * PATIENCE)
    except (LostError, ConnectionError, TimeoutError) as error:
        world.report.saw(name, _unanswered(error))
    else:
        fits = RIGHT if response.status == status else f"expected {status}; found {response.status}"
        world.report.saw(name, SHED if world.explained(response, before) else fits)


def _unanswered(error: Exception) -> str:
    return f"not answered: {str(error) or 'no answer for a minute or more'}"


async def vanishing(world: World, chance: random.Random) -> None:
    """Leaves in the middle of its request, or before its answer; as one that closes, or as one that crashes."""
    body = world.questions[0].body
    whole = head(len(body)) + body
    while True:
        with closing(Line(world.port)) as line:
            try:
                _, writer = await line.open()
                writer.write(whole[: chance.choice((len(whole), chance.randrange(1, len(whole))))])
                await writer.drain()
                await asyncio.sleep(chance.choice((0.0, 0.005, 0.05)))
                chance.choice((line.close, line.abort))()
                world.report.saw("vanishing", RIGHT)
            except (LostError, ConnectionError) as error:
                world.report.saw("vanishing", f"not let in: {error}")
        await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Drip:
    """A request whose body comes a byte at a time, and the status it must be answered with."""

    name: str
    status: int
    body: bytes


DRIPS = (Drip("slow", 200, b'{"inputs":"x"}'), Drip("endless", 408, b" " * 10_000))


async def dripping(world: World, drip: Drip, pause: float) -> None:
    while True:
        with closing(Line(world.port)) as line:
            await _judged(world, drip.name, drip.status, partial(_dripped, line, drip.body, pause))


async def _dripped(line: Line, body: bytes, pause: float) -> Response:
    """The answer, which may come before the whole body is sent."""
    _, writer = await line.open()
    writer.write(head(len(body)))
    answered = asyncio.ensure_future(line.answer())
    try:
        for number in range(len(body)):
            writer.write(body[number : number + 1])
            if (await asyncio.wait([answered], timeout=pause))[0]:
                break
        return await answered
    finally:
        answered.cancel()


async def burst(world: World, clients: int, texts: int) -> None:
    """So many clients at once, each with so many texts: more than the server keeps waiting."""
    world.bursts += 1
    world.report.bursts += 1
    try:
        await asyncio.gather(*(_in_burst(world, number, texts) for number in range(clients)))
    finally:
        world.bursts -= 1


async def _in_burst(world: World, number: int, texts: int) -> None:
    asked = [world.questions[(number + each) % len(world.questions)] for each in range(texts)]
    body = json.dumps({"inputs": [each.text for each in asked]}).encode()
    began = time.monotonic()
    with closing(Line(world.port)) as line:
        try:
            response = await asyncio.wait_for(line.post(body), 2 * PATIENCE)
        except (LostError, TimeoutError) as error:
            world.report.saw("burst", _unanswered(error))
            return
    shed = world.explained(response, True)
    if shed:
        world.report.shed_seconds.append(time.monotonic() - began)
    world.report.saw("burst", SHED if shed else outcome(response, asked))


Client = Callable[[], Awaitable[None]]


def nuisances(world: World, chance: random.Random, pause: float) -> list[Client]:
    """All clients that are no good ones; `pause` is what lies between two bytes of a slow one."""
    return [
        *(partial(mistaken, world, mistake) for mistake in MISTAKES),
        *[partial(vanishing, world, chance)] * 4,
        *(partial(dripping, world, drip, pause) for drip in DRIPS * 4),
    ]
