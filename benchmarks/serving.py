"""How fast our server is beside others: the same fine-tuned MiniLM, the same texts, the same clients.

python -m benchmarks.serving [--quick] [--contestants container ours-torch …] [--clients 1 4 16 64] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks.engines import EngineError, best
from benchmarks.processes import ROOT, ServerError, first_answer, memory_mb
from benchmarks.serving_contestants import CONTESTANTS, Contestant, cores, free_port
from benchmarks.serving_load import Load, Plan
from benchmarks.serving_model import Answer, NotHereError, agreement, reference
from benchmarks.serving_table import Cell, Result, Round, aims, load_line, percentile, result, table
from benchmarks.serving_texts import MEDIAN_WORDS, MOST_WORDS, texts

CLIENTS = (1, 4, 16, 64)
_PAIRS = list[tuple[Answer, Answer]]


@dataclass(frozen=True)
class Running:
    """One server. `bodies`: a request for each text; `start_seconds`: from its process to its first answer."""

    pid: int
    port: int
    bodies: list[str]
    start_seconds: float


class Bench:
    """Rounds of the same contestants, and what each answered."""

    def __init__(self, clients: Sequence[int], warm_up_seconds: float, seconds: float) -> None:
        self._clients, self._warm_up_seconds, self._seconds = clients, warm_up_seconds, seconds
        self._texts, self._reference = texts(), reference()
        self.rounds: dict[str, list[Round]] = {}
        self.pairs: dict[str, _PAIRS] = {}
        self.limits: defaultdict[str, list[float]] = defaultdict(list)

    def warm_up(self, contestant: Contestant) -> None:
        """Makes the server's model and starts the server once, so that its files are in memory in every round."""
        with self._started(contestant) as running:
            note(f"{contestant.name}: answers after {running.start_seconds:.1f} s, not counted")

    def run(self, contestant: Contestant) -> None:
        """One life of one server: its start, each number of clients, its memory."""
        with self._started(contestant) as running:
            cells = {number: self._cell(contestant, running, number) for number in self._clients}
            measured_round = Round(running.start_seconds, memory_mb(running.pid), cells)
        self.rounds.setdefault(contestant.name, []).append(measured_round)

    @contextmanager
    def _started(self, contestant: Contestant) -> Iterator[Running]:
        """A server that has answered once. Raises `NotHereError` or `ServerError`."""
        model = contestant.prepare()
        bodies = [contestant.body(text) for text in self._texts]
        port = free_port()
        with contestant.start(model, port) as server:
            answered_at = first_answer(server.pid, port, contestant.path, bodies[0].encode())
            yield Running(server.pid, port, bodies, answered_at - server.started_at)

    def find_limit(self, contestant: Contestant) -> None:
        """What the engine behind a server reaches without one, with as many threads as there are cores."""
        if contestant.limit is not None:
            self.limits[contestant.name].append(best(contestant.limit, cores(), self._seconds / 4))
            note(f"{contestant.limit} alone: {self.limits[contestant.name][-1]:.1f}/s")

    def _cell(self, contestant: Contestant, running: Running, clients: int) -> Cell:
        plan = Plan(
            port=running.port,
            pid=running.pid,
            path=contestant.path,
            bodies=running.bodies,
            clients=clients,
            warm_up=self._warm_up_seconds,
            seconds=self._seconds,
        )
        load = loaded(plan)
        pairs = self.pairs.setdefault(contestant.name, [])
        for number, answers in load.answers.items():
            pairs += [(contestant.answer(json.loads(text)), self._reference[number]) for text in answers]
        if not load.latencies:
            raise ServerError(f"expected answers; found none, and the errors {load.errors}. Look into its log.")
        cell = as_cell(load)
        note(f"{contestant.name}, {clients} clients: {cell.rate:.1f}/s, p50 {cell.p50_ms:.1f} ms, errors {load.errors}")
        return cell


def loaded(plan: Plan) -> Load:
    """The load of a process of its own."""
    command = [sys.executable, "-m", "benchmarks.serving_load"]
    done = subprocess.run(
        command, cwd=ROOT, input=json.dumps(asdict(plan)), stdout=subprocess.PIPE, text=True, check=True
    )
    found = json.loads(done.stdout)
    return Load(**found | {"answers": {int(number): answers for number, answers in found["answers"].items()}})


def as_cell(load: Load) -> Cell:
    answered = len(load.latencies)
    p50, p95, p99 = (1000 * percentile(load.latencies, share) for share in (0.5, 0.95, 0.99))
    cpu = 1000 * load.server_cpu_seconds / answered if answered else float("nan")
    return Cell(p50, p95, p99, answered / load.seconds, cpu, load.cpu_share, sum(load.errors.values()))


def in_turn(names: Sequence[str], rounds: int) -> Iterator[str]:
    """Every round has all, each time another first: what else the machine does hits all of them."""
    for number in range(rounds):
        first = number % len(names)
        yield from (*names[first:], *names[:first])


def measured(bench: Bench, names: Sequence[str], rounds: int) -> dict[str, str]:
    """Fills the bench; name of each that cannot be measured here, and why. An engine's limit follows its server."""
    missing: dict[str, str] = {}
    steps = [(bench.warm_up, name) for name in names]
    for name in in_turn(names, rounds):
        steps += [(bench.run, name), (bench.find_limit, name)]
    for step, name in steps:
        if name in missing:
            continue
        try:
            step(CONTESTANTS[name])
        except (NotHereError, ServerError, EngineError) as error:
            missing[name] = str(error)
            note(f"{name}: {error}")
    return missing


def results(bench: Bench, names: Sequence[str]) -> list[Result]:
    return [
        result(name, bench.rounds[name], agreement(bench.pairs[name]), bench.limits[name])
        for name in names
        if name in bench.rounds
    ]


def note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def machine() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "onnxruntime"))
    load = f"load {os.getloadavg()[0]:.1f} at the end"
    python = f"Python {platform.python_version()}"
    return f"{cores()} cores, {platform.machine()}, {python}, {versions}; {load}; {datetime.now(UTC).date()}"


def mix() -> str:
    words = [len(text.split()) for text in texts()]
    middle = f"{statistics.median(words):.0f} words (median), {statistics.mean(words):.0f} (mean), {max(words)} at most"
    assert max(words) <= MOST_WORDS
    assert abs(statistics.median(words) - MEDIAN_WORDS) <= 1
    return f"{len(words)} texts of {middle}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="one round of 4 s a cell: about eight minutes")
    parser.add_argument("--contestants", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS), metavar="NAME")
    parser.add_argument("--clients", nargs="+", type=int, default=list(CLIENTS), help="(default: 1 4 16 64)")
    parser.add_argument("--rounds", type=int, help="lives of each server (default: 3)")
    parser.add_argument("--seconds", type=float, help="that a cell is measured (default: 8)")
    parser.add_argument("--warm-up", type=float, help="seconds before that (default: 2)")
    asked = parser.parse_args()
    rounds = asked.rounds or (1 if asked.quick else 3)
    seconds = asked.seconds or (4.0 if asked.quick else 8.0)
    bench = Bench(asked.clients, asked.warm_up or (1.0 if asked.quick else 2.0), seconds)
    missing = measured(bench, asked.contestants, rounds)
    found = results(bench, asked.contestants)
    print(f"{machine()}\n{rounds} round(s) of {seconds:.0f} s; {mix()}\n")
    print("\n".join([*table(found), "", load_line(found), "", *aims(found)]) if found else "nothing was measured")
    for name, why in missing.items():
        print(f"\n{name} was not measured: {why}")


if __name__ == "__main__":
    main()
