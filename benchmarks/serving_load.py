"""The load: clients that send the next request when they have a response, over connections that stay open.

`python -m benchmarks.serving_load` reads a `Plan` as JSON from its input and prints a `Load` as JSON. It shares the
machine's cores with the server: requests are made beforehand, bodies are kept without being parsed, and its own CPU
time is part of the result.
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
    """`pid` is the server's, whose CPU time is read at the start and at the end of the measured `seconds`."""

    port: int
    pid: int
    path: str
    bodies: list[str]
    clients: int
    warm_up_seconds: float
    seconds: float


@dataclass(frozen=True)
class Load:
    """The responses in the measured time. `cpu_share` is the load generator's own share of one core."""

    seconds: float
    latencies: list[float]
    """Seconds from sending a request to the end of its response, for each one with status 200."""
    errors: dict[str, int]
    """Status or kind of failure -> how often."""
    cpu_share: float
    server_cpu_seconds: float
    answers: dict[int, list[str]]
    """Number of a body -> the different responses to it."""


@dataclass
class Tally:
    """Counts of all clients. `measuring` is false during the warm-up and after the end."""

    measuring: bool = False
    latencies: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    answers: dict[int, set[bytes]] = field(default_factory=dict)

    def count_response(
        self, number: int, status: int, body: bytes, seconds: float
    ) -> None:
        """`number` is that of the request's body."""
        if not self.measuring:
            return
        if status != 200:
            self.errors[str(status)] += 1
            return
        self.latencies.append(seconds)
        different = self.answers.setdefault(number, set())
        different.add(body)

    def count_failure(self, kind: str) -> None:
        if self.measuring:
            self.errors[kind] += 1


class Client(asyncio.Protocol):
    """One connection, one request at a time; it starts at request `start` and goes through all of them in order."""

    def __init__(self, requests: list[bytes], start: int, tally: Tally) -> None:
        self._requests = requests
        self._tally = tally
        self.number = start
        """Of the request that is sent next, or that waits for its response."""
        self._sent_at = 0.0
        self._waiting = False
        self._body: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self.ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        """True if the connection ended between two requests, which the server may do."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        seconds = time.perf_counter() - self._sent_at
        status = self._parser.get_status_code()
        self._tally.count_response(self.number, status, b"".join(self._body), seconds)
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
            self._tally.count_failure("connection lost")
        if not self.ended.done():
            self.ended.set_result(not self._waiting)

    def _send(self) -> None:
        assert self._transport is not None
        self._sent_at = time.perf_counter()
        self._waiting = True
        self._transport.write(self._requests[self.number])


def request_bytes(path: str, body: str) -> bytes:
    content = body.encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    )
    return (
        f"{head}Accept: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode()
        + content
    )


async def keep_requesting(
    port: int, requests: list[bytes], start: int, tally: Tally
) -> None:
    """Runs one client until it is cancelled; a connection that ends is followed by another."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            new_client = partial(Client, requests, start, tally)
            _, client = await loop.create_connection(new_client, "127.0.0.1", port)
            ended_well = await client.ended
            start = client.number
            if ended_well:
                continue
        except OSError as error:
            tally.count_failure(type(error).__name__)
        await asyncio.sleep(RETRY_SECONDS)


async def run_load(plan: Plan) -> Load:
    """Runs the clients through the warm-up and the measured time, then cancels them."""
    tally = Tally()
    clients = _start_clients(plan, tally)
    await asyncio.sleep(plan.warm_up_seconds)
    server_cpu_start = cpu_seconds(plan.pid)
    own_cpu_start = time.process_time()
    start = time.perf_counter()
    tally.measuring = True
    await asyncio.sleep(plan.seconds)
    tally.measuring = False
    seconds = time.perf_counter() - start
    own_cpu = time.process_time() - own_cpu_start
    server_cpu = cpu_seconds(plan.pid) - server_cpu_start
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    return Load(
        seconds=seconds,
        latencies=tally.latencies,
        errors=dict(tally.errors),
        cpu_share=own_cpu / seconds,
        server_cpu_seconds=server_cpu,
        answers={
            number: sorted(map(_text, bodies))
            for number, bodies in tally.answers.items()
        },
    )


def _start_clients(plan: Plan, tally: Tally) -> list[asyncio.Task[None]]:
    """Each client starts at a request of its own, so that they do not send the same one at the same time."""
    requests = [request_bytes(plan.path, body) for body in plan.bodies]
    clients = []
    for number in range(plan.clients):
        start = number * len(requests) // plan.clients
        client = keep_requesting(plan.port, requests, start, tally)
        clients.append(asyncio.create_task(client))
    return clients


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def main() -> None:
    plan = Plan(**json.load(sys.stdin))
    load = uvloop.run(run_load(plan))
    print(json.dumps(asdict(load)))


if __name__ == "__main__":
    main()
