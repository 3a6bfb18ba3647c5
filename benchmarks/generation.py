"""How fast texts are written by our server and by the container's: the same model, prompts and clients.

python -m benchmarks.generation [--quick] [--contestants container ours] [--clients 1 4 8 16]

Servers take turns of one cell, so that what else the machine does hits all alike. Each client asks for some texts, one
after the other, of the same number of tokens. CPU time a token is nearly the same on a machine that does other things
besides; tokens a second are not.
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
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.generation_model import prepared
from benchmarks.processes import (
    ServerProcess,
    cpu_seconds,
    first_answer,
    memory_mb,
    own_server,
)
from benchmarks.serving_contestants import container_server, free_port, log_of
from benchmarks.serving_model import NotHereError
from contracts.environment import ServingVariable

NEW_TOKENS = 48
PROMPT_BYTES = (16, 192)
CLIENTS, QUICK_CLIENTS = (1, 4, 8, 16), (1, 8)
ROUNDS, QUICK_ROUNDS = 2, 1
TEXTS, QUICK_TEXTS = 3, 2
"""How many each client asks for."""
ANSWER_SECONDS = 600.0
HEADER = """\
| server | clients | tokens/s | of the container | first token p50 | whole text p50 | CPU ms a token | memory MB |
|---|---|---|---|---|---|---|---|"""
Start = Callable[[Path, int], AbstractContextManager[ServerProcess]]


def _container(model: Path, port: int) -> AbstractContextManager[ServerProcess]:
    environment = {ServingVariable.TASK.value: "text-generation"}
    return container_server(model, port, "generation-container", environment)


def _ours(model: Path, port: int) -> AbstractContextManager[ServerProcess]:
    return own_server(model, port, log_of("generation-ours"))


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
    """One number of clients on one server, until all have their texts."""

    tokens_per_second: float
    first_seconds: list[float]
    whole_seconds: list[float]
    cpu_ms: float
    """Of the server, a token."""
    memory_mb: float


@dataclass
class Tally:
    """Seconds to the first piece of each text, and to its end."""

    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def bodies(streams: bool, count: int) -> list[dict[str, object]]:
    rng = random.Random(0)
    lengths = {"max_new_tokens": NEW_TOKENS, "min_new_tokens": NEW_TOKENS}
    requests: list[dict[str, object]] = []
    for _ in range(count):
        letters = rng.choices("abcdefghij ", k=rng.randint(*PROMPT_BYTES))
        body: dict[str, object] = {"inputs": "".join(letters), "parameters": lengths}
        requests.append(body | {"stream": True} if streams else body)
    return requests


def measure(
    streams: bool, server: ServerProcess, port: int, clients: int, texts: int
) -> Cell:
    requests = bodies(streams, clients * texts)
    url = f"http://127.0.0.1:{port}/invocations"
    tally = Tally()
    threads: list[threading.Thread] = []
    for number in range(clients):
        arguments = (url, tally, requests[number::clients])
        threads.append(threading.Thread(target=_client, args=arguments))
    before, start = cpu_seconds(server.pid), time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - start
    if tally.failures:
        raise NotHereError(tally.failures[0])
    tokens = NEW_TOKENS * len(requests)
    used = cpu_seconds(server.pid) - before
    return Cell(
        tokens / seconds,
        tally.first,
        tally.whole,
        1000 * used / tokens,
        memory_mb(server.pid),
    )


def _client(url: str, tally: Tally, requests: Sequence[Mapping[str, object]]) -> None:
    """Sends the next request when it has an answer."""
    with httpx.Client(timeout=ANSWER_SECONDS) as client:
        for body in requests:
            try:
                _ask(client, url, tally, body)
            except httpx.HTTPError as error:
                tally.failures.append(repr(error))
                return


def _ask(
    client: httpx.Client, url: str, tally: Tally, body: Mapping[str, object]
) -> None:
    start, first, text = time.monotonic(), 0.0, ""
    with client.stream("POST", url, json=body) as response:
        for piece in response.iter_text():
            first = first or time.monotonic()
            text += piece
    if response.status_code != 200:
        tally.failures.append(f"{response.status_code}: {text[:300]}")
    tally.first.append(first - start)
    tally.whole.append(time.monotonic() - start)


def run(
    names: Sequence[str], clients: Sequence[int], rounds: int, texts: int
) -> dict[tuple[str, int], list[Cell]]:
    model = prepared()
    cells: defaultdict[tuple[str, int], list[Cell]] = defaultdict(list)
    with ExitStack() as stack:
        servers: dict[str, tuple[ServerProcess, int]] = {}
        for name in names:
            port = free_port()
            server = stack.enter_context(CONTESTANTS[name].start(model, port))
            body = json.dumps(bodies(False, 1)[0]).encode()
            first_answer(server.pid, port, "/invocations", body, ANSWER_SECONDS)
            servers[name] = server, port
        for count in list(clients) * rounds:
            for name, (server, port) in servers.items():
                cell = measure(CONTESTANTS[name].streams, server, port, count, texts)
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
    texts = QUICK_TEXTS if options.quick else TEXTS
    try:
        cells = run(options.contestants or list(CONTESTANTS), clients, rounds, texts)
    except NotHereError as error:
        print(f"generation: {error}", file=sys.stderr)
        return 1
    print(table(cells))
    return 0


if __name__ == "__main__":
    sys.exit(main())
