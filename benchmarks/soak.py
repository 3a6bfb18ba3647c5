"""Whether our server stays steady: good clients beside bad ones, killed workers, bursts, SIGTERM in the middle.

python -m benchmarks.soak [--seconds 600] [--model FOLDER]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.processes import alive, first_answer, memory_mb, own_server, tree
from benchmarks.serving_contestants import free_port
from benchmarks.serving_model import Answer, exported, reference
from benchmarks.serving_texts import texts
from benchmarks.soak_clients import Question, SoakState, bad_clients, burst, good_client
from benchmarks.soak_report import Bounds, MemorySample, Report, failures, table

SCORE_TOLERANCE, MIN_SCORE = 1e-3, 0.55
WORKER_MODULE = "inference.server.worker_start"
END_SECONDS = 60.0
"""How long the server may take to end after SIGTERM, and then the good clients to see it."""
MEMORY_CHECK_SECONDS = 120
"""A shorter soak says nothing about memory."""
LOG_CHARACTERS = 4000


@dataclass(frozen=True)
class Plan:
    """`kill_pauses`: shortest and longest pause between two kills; `slow_pause_seconds`: between two bytes."""

    seconds: float
    good_clients: int = 64
    burst_clients: int = 600
    burst_texts: int = 2
    bursts: int = 6
    kill_pauses: tuple[float, float] = (10.0, 30.0)
    slow_pause_seconds: float = 1.0
    memory_pause_seconds: float = 2.0
    seed: int = 0


def questions(inputs: Sequence[str], answers: Sequence[Answer]) -> list[Question]:
    """Those that the model is sure enough of: the label of another may hang on the last digit."""
    sure = []
    for text, answer in zip(inputs, answers, strict=True):
        if answer.score >= MIN_SCORE:
            sure.append(Question(text, answer.label, answer.score, SCORE_TOLERANCE))
    return sure


def soak(model: Path, inputs: Sequence[Question], plan: Plan, log: Path) -> Report:
    """Starts the server, runs all clients beside it, and ends it while they run."""
    port = free_port()
    with own_server(model, port, log) as server:
        first_answer(server.pid, port, "/invocations", inputs[0].body)
        state = SoakState(port, inputs)
        return asyncio.run(_run(state, server.pid, plan))


async def _run(state: SoakState, pid: int, plan: Plan) -> Report:
    rng = random.Random(plan.seed)
    good = [
        asyncio.ensure_future(good_client(state, number))
        for number in range(plan.good_clients)
    ]
    others = [
        asyncio.ensure_future(client())
        for client in bad_clients(state, rng, plan.slow_pause_seconds)
    ]
    others += [
        asyncio.ensure_future(_kill_workers(state.report, pid, plan, rng)),
        asyncio.ensure_future(_sample_memory(state.report, pid, plan)),
        asyncio.ensure_future(_send_bursts(state, plan)),
    ]
    end = time.monotonic() + plan.seconds
    # A burst that has started is answered to the last request.
    while (time.monotonic() < end or state.bursts) and alive(pid):
        await asyncio.sleep(0.2)
        _raise_errors(others)
    await _cancel(others)
    state.report.ended_early = not alive(pid)
    if not state.report.ended_early:
        await _end_server(state, pid)
    await asyncio.wait(good, timeout=END_SECONDS)
    await _cancel(good)
    return state.report


async def _end_server(state: SoakState, pid: int) -> None:
    """Sends SIGTERM; the good clients go on until they are turned away."""
    process = psutil.Process(pid)
    start = time.monotonic()
    state.ending = True
    process.send_signal(signal.SIGTERM)
    state.report.exit_code = await asyncio.to_thread(_exit_code, process)
    state.report.end_seconds = time.monotonic() - start


def _exit_code(process: psutil.Process) -> int | None:
    """None if it has not ended after `END_SECONDS`."""
    try:
        code: int | None = process.wait(END_SECONDS)
    except psutil.TimeoutExpired:
        return None
    return code


def _raise_errors(tasks: Sequence[asyncio.Future[None]]) -> None:
    """Clients run until they are cancelled: one that has ended has raised."""
    for task in tasks:
        error = task.exception() if task.done() else None
        if error:
            raise error


async def _cancel(tasks: Sequence[asyncio.Future[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _kill_workers(
    report: Report, pid: int, plan: Plan, rng: random.Random
) -> None:
    end = time.monotonic() + plan.seconds
    while time.monotonic() < end:
        await asyncio.sleep(rng.uniform(*plan.kill_pauses))
        running_workers = workers(pid)
        if running_workers:
            rng.choice(running_workers).kill()
            report.kills += 1


def workers(pid: int) -> list[psutil.Process]:
    """The processes that hold the model."""
    children = tree(pid)[1:]
    return [child for child in children if WORKER_MODULE in _command_line(child)]


def _command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


async def _sample_memory(report: Report, pid: int, plan: Plan) -> None:
    start = time.monotonic()
    while True:
        sample = await asyncio.to_thread(_memory_sample, pid, time.monotonic() - start)
        report.memory.append(sample)
        await asyncio.sleep(plan.memory_pause_seconds)


def _memory_sample(pid: int, second: float) -> MemorySample:
    try:
        front_mb = psutil.Process(pid).memory_info().rss / 2**20
    except psutil.NoSuchProcess:
        front_mb = 0.0
    return MemorySample(second, memory_mb(pid), front_mb, len(tree(pid)))


async def _send_bursts(state: SoakState, plan: Plan) -> None:
    """As many bursts as planned, spread over the time; none starts in the last eighth."""
    period = plan.seconds * 7 / 8 / plan.bursts
    for _ in range(plan.bursts):
        await asyncio.sleep(period / 2)
        start = time.monotonic()
        await burst(state, plan.burst_clients, plan.burst_texts)
        duration = time.monotonic() - start
        await asyncio.sleep(max(0.0, period / 2 - duration))
    await asyncio.Event().wait()


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--seconds", type=float, default=600, help="(default: 600)")
    parser.add_argument(
        "--model",
        type=Path,
        help="of the same weights (default: MiniLM with its graph)",
    )
    return parser.parse_args()


def report_lines(report: Report, wrong: Sequence[str]) -> Iterator[str]:
    """The table, then the failures."""
    yield from table(report)
    yield ""
    yield from wrong or ["Steady."]


def main() -> int:
    arguments = parse_arguments()
    seconds = arguments.seconds
    model = arguments.model or exported("float32")
    bounds = Bounds(
        shed_seconds=10, memory=seconds >= MEMORY_CHECK_SECONDS, must_shed=True
    )
    plan = Plan(seconds, bursts=max(1, round(seconds / 60)))
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        log = Path(folder) / "log"
        report = soak(model, questions(texts(), reference()), plan, log)
        wrong = failures(report, bounds)
        if wrong:
            print(log.read_text("utf-8")[-LOG_CHARACTERS:], file=sys.stderr)
    print(f"{seconds:.0f} s, {model}; load {os.getloadavg()[0]:.1f} at the end\n")
    print("\n".join(report_lines(report, wrong)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
