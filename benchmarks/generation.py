"""How fast texts are written by our server and by the container's: the same model, prompts and clients.

python -m benchmarks.generation [--quick] [--contestants container ours] [--clients 1 4 8 16]

Servers take turns of one cell, so that what else the machine does hits all alike. Each request asks for the same number
of tokens, so tokens a second follow from requests.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.generation_model import prepared
from benchmarks.processes import (
    ROOT,
    ServerProcess,
    cpu_seconds,
    first_answer,
    memory_mb,
    running,
)
from benchmarks.serving_contestants import cores, free_port
from benchmarks.serving_model import NotHereError
from benchmarks.serving_peers.container import PeerError, container

NEW_TOKENS = 48
PROMPT_BYTES = (16, 192)
CLIENTS, QUICK_CLIENTS = (1, 4, 8, 16), (1, 8)
ROUNDS, QUICK_ROUNDS = 2, 1
CELL_SECONDS, QUICK_CELL_SECONDS = 30.0, 15.0
ANSWER_SECONDS = 600.0
HEADER = """\
| server | clients | tokens/s | of the container | first token p50 | whole text p50 | CPU ms a token | memory MB |
|---|---|---|---|---|---|---|---|"""
Start = Callable[[Path, int], AbstractContextManager[ServerProcess]]


@contextmanager
def _container(model: Path, port: int) -> Iterator[ServerProcess]:
    """The hosting container's server with its defaults: one worker a core, each with one thread."""
    environment = {"HF_TASK": "text-generation"}
    try:
        with container(
            model,
            port,
            workers=cores(),
            threads=1,
            environment=environment,
            log=_log("container"),
        ) as server:
            yield server
    except PeerError as error:
        raise NotHereError(str(error)) from error


@contextmanager
def _ours(model: Path, port: int) -> Iterator[ServerProcess]:
    command = [sys.executable, "-m", "inference.server"]
    arguments = ["--model", str(model), "--port", str(port)]
    with running([*command, *arguments], _log("ours")) as server:
        yield server


def _log(name: str) -> Path:
    logs = ROOT / ".bench" / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    return logs / f"generation-{name}.log"


@dataclass(frozen=True)
class Contestant:
    start: Start
    streams: bool
    """Whether a caller sees a token before the whole text is written."""


CONTESTANTS: Mapping[str, Contestant] = {
    "container": Contestant(_container, False),
    "ours": Contestant(_ours, True),
}


@dataclass(frozen=True)
class Cell:
    """One number of clients on one server, for some seconds."""

    tokens_per_second: float
    first_seconds: list[float]
    whole_seconds: list[float]
    cpu_ms: float
    """Of the server, a token."""
    memory_mb: float


@dataclass
class Tally:
    deadline: float
    streams: bool
    url: str
    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    tokens: float = 0.0
    """Written until the deadline: a text that is not whole by then counts for its share of the time."""
    failures: list[str] = field(default_factory=list)


def bodies(streams: bool, count: int = 64) -> list[dict[str, object]]:
    rng = random.Random(0)
    lengths = {"max_new_tokens": NEW_TOKENS, "min_new_tokens": NEW_TOKENS}
    requests: list[dict[str, object]] = []
    for _ in range(count):
        letters = rng.choices("abcdefghij ", k=rng.randint(*PROMPT_BYTES))
        body: dict[str, object] = {"inputs": "".join(letters), "parameters": lengths}
        requests.append(body | {"stream": True} if streams else body)
    return requests


def measure(
    contestant: Contestant,
    server: ServerProcess,
    port: int,
    clients: int,
    seconds: float,
) -> Cell:
    requests = bodies(contestant.streams)
    url = f"http://127.0.0.1:{port}/invocations"
    before, start = cpu_seconds(server.pid), time.monotonic()
    tally = Tally(start + seconds, contestant.streams, url)
    threads: list[threading.Thread] = []
    for number in range(clients):
        arguments = (tally, requests[number::clients])
        threads.append(threading.Thread(target=_client, args=arguments))
    for thread in threads:
        thread.start()
    while time.monotonic() < tally.deadline:
        time.sleep(max(0.0, tally.deadline - time.monotonic()))
    used = cpu_seconds(server.pid) - before
    memory = memory_mb(server.pid)
    for thread in threads:
        thread.join()
    if tally.failures:
        raise NotHereError(tally.failures[0])
    return Cell(
        tally.tokens / seconds,
        tally.first,
        tally.whole,
        1000 * used / max(tally.tokens, 1.0),
        memory,
    )


def _client(tally: Tally, requests: Sequence[Mapping[str, object]]) -> None:
    """Sends the next request when it has an answer, until the deadline."""
    with httpx.Client(timeout=ANSWER_SECONDS) as client:
        for index in range(10**6):
            start = time.monotonic()
            if start >= tally.deadline or tally.failures:
                return
            try:
                first = _ask(client, tally, requests[index % len(requests)])
            except httpx.HTTPError as error:
                tally.failures.append(repr(error))
                return
            end = time.monotonic()
            share = min(1.0, (tally.deadline - start) / (end - start))
            tally.tokens += share * NEW_TOKENS
            tally.first.append(first - start)
            tally.whole.append(end - start)


def _ask(client: httpx.Client, tally: Tally, body: Mapping[str, object]) -> float:
    """When the first piece of the answer came, by the monotonic clock."""
    first = 0.0
    with client.stream("POST", tally.url, json=body) as response:
        text = ""
        for piece in response.iter_text():
            first = first or time.monotonic()
            text += piece
    if response.status_code != 200:
        tally.failures.append(f"{response.status_code}: {text[:300]}")
    return first


def run(
    names: Sequence[str], clients: Sequence[int], rounds: int, seconds: float
) -> dict[tuple[str, int], list[Cell]]:
    model = prepared()
    cells: defaultdict[tuple[str, int], list[Cell]] = defaultdict(list)
    with ExitStack() as stack:
        servers: dict[str, tuple[ServerProcess, int]] = {}
        for name in names:
            port = free_port()
            server = stack.enter_context(CONTESTANTS[name].start(model, port))
            body = json.dumps(bodies(False)[0]).encode()
            first_answer(server.pid, port, "/invocations", body, ANSWER_SECONDS)
            servers[name] = server, port
        for count in list(clients) * rounds:
            for name, (server, port) in servers.items():
                cell = measure(CONTESTANTS[name], server, port, count, seconds)
                cells[name, count].append(cell)
                rate = cell.tokens_per_second
                print(f"{name}, {count} clients: {rate:.1f} tokens/s", file=sys.stderr)
    return cells


def table(cells: Mapping[tuple[str, int], Sequence[Cell]]) -> str:
    """A row for each server and number of clients: medians of its rounds."""
    lines = [HEADER]
    rates: dict[tuple[str, int], float] = {}
    for key, rounds in cells.items():
        rates[key] = statistics.median(cell.tokens_per_second for cell in rounds)
    for (name, clients), rounds in sorted(cells.items()):
        rate = rates[name, clients]
        base = rates.get(("container", clients))
        share = f"{rate / base:.1f} ×" if base else "-"
        first = _p50([cell.first_seconds for cell in rounds])
        whole = _p50([cell.whole_seconds for cell in rounds])
        cpu = statistics.median(cell.cpu_ms for cell in rounds)
        memory = max(cell.memory_mb for cell in rounds)
        lines.append(
            f"| {name} | {clients} | {rate:.1f} | {share} | {first:.2f} s | {whole:.2f} s | {cpu:.0f} | {memory:,.0f} |"
        )
    return "\n".join(lines)


def _p50(rounds: Sequence[Sequence[float]]) -> float:
    values: list[float] = []
    for seconds in rounds:
        values += seconds
    return statistics.median(values) if values else float("nan")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.generation", description=__doc__
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--contestants", nargs="+", choices=CONTESTANTS)
    parser.add_argument("--clients", nargs="+", type=int)
    options = parser.parse_args(arguments)
    clients = options.clients or (QUICK_CLIENTS if options.quick else CLIENTS)
    rounds = QUICK_ROUNDS if options.quick else ROUNDS
    seconds = QUICK_CELL_SECONDS if options.quick else CELL_SECONDS
    try:
        cells = run(options.contestants or list(CONTESTANTS), clients, rounds, seconds)
    except NotHereError as error:
        print(f"generation: {error}", file=sys.stderr)
        return 1
    print(table(cells))
    return 0


if __name__ == "__main__":
    sys.exit(main())
