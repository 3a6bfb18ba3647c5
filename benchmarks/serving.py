"""How fast our server is beside others: the same fine-tuned MiniLM, the same texts, the same clients.

python -m benchmarks.serving [--quick] [--contestants container ours-torch …] [--clients 1 4 16 64] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks.engines import EngineError, best_rate
from benchmarks.processes import ROOT, ServerError, first_answer, memory_mb
from benchmarks.serving_contestants import CONTESTANTS, Contestant, cores, free_port
from benchmarks.serving_load import Load, Plan
from benchmarks.serving_model import Answer, NotHereError, agreement, reference
from benchmarks.serving_table import (
    Cell,
    Result,
    Round,
    aims,
    load_line,
    percentile,
    result,
    table,
)
from benchmarks.serving_texts import MEDIAN_WORDS, MOST_WORDS, texts

CLIENTS = (1, 4, 16, 64)
ROUNDS, QUICK_ROUNDS = 3, 1
CELL_SECONDS, QUICK_CELL_SECONDS = 8.0, 4.0
WARM_UP_SECONDS, QUICK_WARM_UP_SECONDS = 2.0, 1.0


@dataclass(frozen=True)
class RunningServer:
    """`bodies`: a request for each text. `start_seconds`: from the server's process to its first answer."""

    pid: int
    port: int
    bodies: list[str]
    start_seconds: float


class Bench:
    """Runs servers and collects their rounds, their answers beside plain transformers', and their engines' limits."""

    def __init__(
        self, clients: Sequence[int], warm_up_seconds: float, seconds: float
    ) -> None:
        self._clients = clients
        self._warm_up_seconds = warm_up_seconds
        self._seconds = seconds
        self._texts = texts()
        self._reference = reference()
        self.rounds: defaultdict[str, list[Round]] = defaultdict(list)
        self.pairs: defaultdict[str, list[tuple[Answer, Answer]]] = defaultdict(list)
        """A server's answers, each with that of plain transformers to the same text."""
        self.limits: defaultdict[str, list[float]] = defaultdict(list)

    def warm_up(self, contestant: Contestant) -> None:
        """Makes the server's model and starts the server once, so that its files are in memory in every round."""
        with self._started(contestant) as server:
            note(
                f"{contestant.name}: answers after {server.start_seconds:.1f} s, not counted"
            )

    def run(self, contestant: Contestant) -> None:
        """One life of one server: its start, each number of clients, its memory."""
        with self._started(contestant) as server:
            cells = {
                clients: self._measure_cell(contestant, server, clients)
                for clients in self._clients
            }
            one_round = Round(server.start_seconds, memory_mb(server.pid), cells)
        self.rounds[contestant.name].append(one_round)

    def run_beside(self, contestants: Sequence[Contestant], rounds: int) -> None:
        """One life of all servers at once, which take turns of one cell: what else the machine does hits all alike."""
        with ExitStack() as stack:
            servers = {}
            for contestant in contestants:
                servers[contestant.name] = stack.enter_context(
                    self._started(contestant)
                )
            for _ in range(rounds):
                self._take_turns(contestants, servers)

    def _take_turns(
        self, contestants: Sequence[Contestant], servers: Mapping[str, RunningServer]
    ) -> None:
        cells: defaultdict[str, dict[int, Cell]] = defaultdict(dict)
        for clients in self._clients:
            for contestant in contestants:
                cell = self._measure_cell(contestant, servers[contestant.name], clients)
                cells[contestant.name][clients] = cell
        for name, server in servers.items():
            one_round = Round(server.start_seconds, memory_mb(server.pid), cells[name])
            self.rounds[name].append(one_round)

    def find_limit(self, contestant: Contestant) -> None:
        """What the engine of a server reaches without the server, with as many threads as there are cores."""
        if contestant.limit is not None:
            limit = best_rate(contestant.limit, cores(), self._seconds / 4)
            self.limits[contestant.name].append(limit)
            note(f"{contestant.limit} alone: {limit:.1f}/s")

    @contextmanager
    def _started(self, contestant: Contestant) -> Iterator[RunningServer]:
        """A server that has answered once. Raises `NotHereError` or `ServerError`."""
        model = contestant.prepare()
        bodies = [contestant.body(text) for text in self._texts]
        port = free_port()
        with contestant.start(model, port) as server:
            answered_at = first_answer(
                server.pid, port, contestant.path, bodies[0].encode()
            )
            yield RunningServer(
                server.pid, port, bodies, answered_at - server.started_at
            )

    def _measure_cell(
        self, contestant: Contestant, server: RunningServer, clients: int
    ) -> Cell:
        plan = Plan(
            port=server.port,
            pid=server.pid,
            path=contestant.path,
            bodies=server.bodies,
            clients=clients,
            warm_up_seconds=self._warm_up_seconds,
            seconds=self._seconds,
        )
        load = run_in_process(plan)
        if not load.latencies:
            raise ServerError(
                f"expected answers; found none, and the errors {load.errors}. Look into its log."
            )
        self._collect_answers(contestant, load)
        cell = cell_of(load)
        note(
            f"{contestant.name}, {clients} clients: {cell.rate:.1f}/s, p50 {cell.p50_ms:.1f} ms, errors {load.errors}"
        )
        return cell

    def _collect_answers(self, contestant: Contestant, load: Load) -> None:
        for number, bodies in load.answers.items():
            for body in bodies:
                answer = contestant.answer(json.loads(body))
                self.pairs[contestant.name].append((answer, self._reference[number]))


def run_in_process(plan: Plan) -> Load:
    """Runs the load generator in a process of its own."""
    child = subprocess.run(
        [sys.executable, "-m", "benchmarks.serving_load"],
        cwd=ROOT,
        input=json.dumps(asdict(plan)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    fields = json.loads(child.stdout)
    # JSON has made texts of the numbers.
    answers = {int(number): bodies for number, bodies in fields.pop("answers").items()}
    return Load(**fields, answers=answers)


def cell_of(load: Load) -> Cell:
    answer_count = len(load.latencies)
    cpu_seconds = load.server_cpu_seconds / answer_count if answer_count else math.nan
    return Cell(
        p50_ms=1000 * percentile(load.latencies, 0.5),
        p95_ms=1000 * percentile(load.latencies, 0.95),
        p99_ms=1000 * percentile(load.latencies, 0.99),
        rate=answer_count / load.seconds,
        cpu_ms=1000 * cpu_seconds,
        load_cpu=load.cpu_share,
        errors=sum(load.errors.values()),
    )


def round_robin(names: Sequence[str], rounds: int) -> Iterator[str]:
    """All names in every round, another one first each time, so that what else the machine does hits all of them."""
    for number in range(rounds):
        first = number % len(names)
        yield from names[first:]
        yield from names[:first]


def measure(bench: Bench, names: Sequence[str], rounds: int) -> dict[str, str]:
    """Fills the bench. Returns name -> reason of those that cannot be measured on this machine."""
    steps = [(bench.warm_up, name) for name in names]
    for name in round_robin(names, rounds):
        steps += [(bench.run, name), (bench.find_limit, name)]
    reasons: dict[str, str] = {}
    for step, name in steps:
        if name in reasons:
            continue
        try:
            step(CONTESTANTS[name])
        except (NotHereError, ServerError, EngineError) as error:
            reasons[name] = str(error)
            note(f"{name}: {error}")
    return reasons


def results(bench: Bench, names: Sequence[str]) -> list[Result]:
    """Of those that have a round, in this order."""
    measured = [name for name in names if name in bench.rounds]
    return [
        result(
            name, bench.rounds[name], agreement(bench.pairs[name]), bench.limits[name]
        )
        for name in measured
    ]


def note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def machine() -> str:
    """What the figures depend on: cores, processor, versions, load; and today's date."""
    packages = ("torch", "transformers", "onnxruntime")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    load = f"load {os.getloadavg()[0]:.1f} at the end"
    python = f"Python {platform.python_version()}"
    return f"{cores()} cores, {platform.machine()}, {python}, {versions}; {load}; {datetime.now(UTC).date()}"


def mix() -> str:
    """The lengths of the texts, in words."""
    words = [len(text.split()) for text in texts()]
    median, mean, most = statistics.median(words), statistics.mean(words), max(words)
    assert most <= MOST_WORDS
    assert abs(median - MEDIAN_WORDS) <= 1
    return f"{len(words)} texts of {median:.0f} words (median), {mean:.0f} (mean), {most} at most"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="one round of 4 s a cell: about eight minutes",
    )
    parser.add_argument(
        "--contestants",
        nargs="+",
        choices=CONTESTANTS,
        default=list(CONTESTANTS),
        metavar="NAME",
    )
    parser.add_argument(
        "--clients",
        nargs="+",
        type=int,
        default=list(CLIENTS),
        help="(default: 1 4 16 64)",
    )
    parser.add_argument(
        "--beside",
        action="store_true",
        help="all servers at once, which take turns of one cell: for a machine that does other work",
    )
    parser.add_argument("--rounds", type=int, help="lives of each server (default: 3)")
    parser.add_argument(
        "--seconds", type=float, help="that a cell is measured (default: 8)"
    )
    parser.add_argument(
        "--warm-up", type=float, help="seconds before that (default: 2)"
    )
    arguments = parser.parse_args()
    quick = arguments.quick
    arguments.rounds = arguments.rounds or (QUICK_ROUNDS if quick else ROUNDS)
    arguments.seconds = arguments.seconds or (
        QUICK_CELL_SECONDS if quick else CELL_SECONDS
    )
    arguments.warm_up = arguments.warm_up or (
        QUICK_WARM_UP_SECONDS if quick else WARM_UP_SECONDS
    )
    return arguments


def report(servers: Sequence[Result]) -> Iterator[str]:
    if not servers:
        yield "nothing was measured"
        return
    yield from table(servers)
    yield ""
    yield load_line(servers)
    yield ""
    yield from aims(servers)


def main() -> None:
    arguments = parse_arguments()
    bench = Bench(arguments.clients, arguments.warm_up, arguments.seconds)
    reasons: dict[str, str] = {}
    if arguments.beside:
        bench.run_beside(
            [CONTESTANTS[name] for name in arguments.contestants], arguments.rounds
        )
    else:
        reasons = measure(bench, arguments.contestants, arguments.rounds)
    print(
        f"{machine()}\n{arguments.rounds} round(s) of {arguments.seconds:.0f} s; {mix()}\n"
    )
    for line in report(results(bench, arguments.contestants)):
        print(line)
    for name, reason in reasons.items():
        print(f"\n{name} was not measured: {reason}")


if __name__ == "__main__":
    main()
