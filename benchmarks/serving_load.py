"""The load: clients that ask the next question when they have an answer, over connections that stay open.

`python -m benchmarks.serving_load` reads a `Plan` as JSON from its input and prints a `Load` as JSON. It shares the
machine's cores with the server, so requests are made beforehand, answers are kept unread, and its own share is told.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import cast

import httptools
import uvloop

from benchmarks.processes import cpu_seconds

RETRY_SECONDS = 0.05


@dataclass(frozen=True)
class Plan:
    """`pid` is the server's, whose CPU time is read when the measuring begins and ends."""

    port: int
    pid: int
    path: str
    bodies: list[str]
    clients: int
    warm_up: float
    seconds: float


@dataclass(frozen=True)
class Load:
    """What was answered while it was measured; `cpu_share` is of one core, by the load itself."""

    seconds: float
    latencies: list[float]
    errors: dict[str, int]
    cpu_share: float
    server_cpu_seconds: float
    answers: dict[int, list[str]]
    """Number of a body: every answer to it that differs."""


@dataclass
class Tally:
    """`measuring` is false during the warm-up and after the end."""

    measuring: bool = False
    latencies: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    answers: dict[int, set[bytes]] = field(default_factory=dict)

    def answered(self, number: int, status: int, body: bytes, seconds: float) -> None:
        if not self.measuring:
            return
        if status != 200:
            self.errors[str(status)] += 1
            return
        self.latencies.append(seconds)
        self.answers.setdefault(number, set()).add(body)

    def failed(self, why: str) -> None:
        if self.measuring:
            self.errors[why] += 1


class Client(asyncio.Protocol):
    """One connection, one request at a time; starts at a text of its own and goes through all in their order."""

    def __init__(self, requests: list[bytes], start: int, tally: Tally) -> None:
        self._requests, self.number, self._tally = requests, start, tally
        self._began, self._waiting = 0.0, False
        self._body: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self.ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        """True where it ended between two requests, as the server may wish."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        seconds = time.perf_counter() - self._began
        self._tally.answered(self.number, self._parser.get_status_code(), b"".join(self._body), seconds)
        self.number = (self.number + 1) % len(self._requests)
        self._body.clear()
        self._waiting = False
        assert self._transport is not None
        if self._parser.should_keep_alive():
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting:
            self._tally.failed("connection lost")
        if not self.ended.done():
            self.ended.set_result(not self._waiting)

    def _send(self) -> None:
        assert self._transport is not None
        self._began, self._waiting = time.perf_counter(), True
        self._transport.write(self._requests[self.number])


def request_bytes(path: str, body: str) -> bytes:
    content = body.encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return f"{head}Accept: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


async def keep_asking(port: int, requests: list[bytes], start: int, tally: Tally) -> None:
    """Until it is cancelled; a connection that ends is followed by another."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            _, client = await loop.create_connection(partial(Client, requests, start, tally), "127.0.0.1", port)
            ended_well = await client.ended
            start = client.number
            if ended_well:
                continue
        except OSError as error:
            tally.failed(type(error).__name__)
        await asyncio.sleep(RETRY_SECONDS)


async def load(plan: Plan) -> Load:
    tally = Tally()
    requests = [request_bytes(plan.path, body) for body in plan.bodies]
    starts = [number * len(requests) // plan.clients for number in range(plan.clients)]
    clients = [asyncio.ensure_future(keep_asking(plan.port, requests, start, tally)) for start in starts]
    await asyncio.sleep(plan.warm_up)
    server, own, began = cpu_seconds(plan.pid), time.process_time(), time.perf_counter()
    tally.measuring = True
    await asyncio.sleep(plan.seconds)
    tally.measuring = False
    seconds, own = time.perf_counter() - began, time.process_time() - own
    server = cpu_seconds(plan.pid) - server
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    answers = {number: sorted(map(_text, found)) for number, found in tally.answers.items()}
    return Load(seconds, tally.latencies, dict(tally.errors), own / seconds, server, answers)


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def main() -> None:
    print(json.dumps(asdict(uvloop.run(load(Plan(**json.load(sys.stdin)))))))


if __name__ == "__main__":
    main()
