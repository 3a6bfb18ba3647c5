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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.processes import alive, first_answer, memory_mb, running, tree
from benchmarks.serving_contestants import free_port
from benchmarks.serving_model import Answer, exported, reference
from benchmarks.serving_texts import texts
from benchmarks.soak_clients import Question, World, burst, good, nuisances
from benchmarks.soak_report import Bounds, Report, Weight, failures, table

TOLERANCE, CONFIDENT = 1e-3, 0.55
WORKER = "inference.server.worker_process"
END_SECONDS = 60.0


@dataclass(frozen=True)
class Plan:
    """`kill_every`: the range of the pauses between two kills. `slow_pause` lies between two bytes of slow clients."""

    seconds: float
    good_clients: int = 64
    burst_clients: int = 600
    burst_texts: int = 2
    bursts: int = 6
    kill_every: tuple[float, float] = (10.0, 30.0)
    slow_pause: float = 1.0
    weigh_every: float = 2.0
    seed: int = 0


def questions(asked: Sequence[str], answers: Sequence[Answer]) -> list[Question]:
    """Those of which the model is sure enough: the label of another may hang on the last digit."""
    pairs = zip(asked, answers, strict=True)
    return [Question(text, a.label, a.score, TOLERANCE) for text, a in pairs if a.score >= CONFIDENT]


def soak(model: Path, asked: Sequence[Question], plan: Plan, log: Path) -> Report:
    """Starts the server, troubles it, ends it."""
    port = free_port()
    command: list[str | Path] = [sys.executable, "-m", "inference.server", "--model", model, "--port", str(port)]
    with running(command, log) as server:
        first_answer(server.pid, port, "/invocations", asked[0].body)
        return asyncio.run(_troubled(World(port, asked), server.pid, plan))


async def _troubled(world: World, pid: int, plan: Plan) -> Report:
    chance = random.Random(plan.seed)
    good_ones = [asyncio.ensure_future(good(world, number)) for number in range(plan.good_clients)]
    others = [asyncio.ensure_future(each()) for each in nuisances(world, chance, plan.slow_pause)]
    hands = [_killing(world.report, pid, plan, chance), _weighing(world.report, pid, plan), _bursting(world, plan)]
    others += [asyncio.ensure_future(each) for each in hands]
    end = time.monotonic() + plan.seconds
    # A burst that has begun is answered to the last.
    while (time.monotonic() < end or world.bursts) and alive(pid):
        await asyncio.sleep(0.2)
        _raise_of(others)
    await _stopped(others)
    world.report.ended_early = not alive(pid)
    if not world.report.ended_early:
        await _ended(world, pid)
    await asyncio.wait(good_ones, timeout=END_SECONDS)
    await _stopped(good_ones)
    return world.report


async def _ended(world: World, pid: int) -> None:
    """SIGTERM; the good clients go on until they are turned away."""
    process, began = psutil.Process(pid), time.monotonic()
    world.ending = True
    process.send_signal(signal.SIGTERM)
    world.report.exit_code = await asyncio.to_thread(_exit_code, process)
    world.report.end_seconds = time.monotonic() - began


def _exit_code(process: psutil.Process) -> int | None:
    try:
        code: int | None = process.wait(END_SECONDS)
    except psutil.TimeoutExpired:
        return None
    return code


def _raise_of(tasks: Sequence[asyncio.Future[None]]) -> None:
    """A client that ended did so by a mistake of its own."""
    for task in tasks:
        if task.done() and (error := task.exception()):
            raise error


async def _stopped(tasks: Sequence[asyncio.Future[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _killing(report: Report, pid: int, plan: Plan, chance: random.Random) -> None:
    end = time.monotonic() + plan.seconds
    while time.monotonic() < end:
        await asyncio.sleep(chance.uniform(*plan.kill_every))
        if found := workers(pid):
            chance.choice(found).kill()
            report.kills += 1


def workers(pid: int) -> list[psutil.Process]:
    """The processes that hold the model."""
    return [each for each in tree(pid)[1:] if WORKER in " ".join(_command(each))]


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


async def _weighing(report: Report, pid: int, plan: Plan) -> None:
    began = time.monotonic()
    while True:
        weighed = await asyncio.to_thread(_weight, pid, time.monotonic() - began)
        report.weights.append(weighed)
        await asyncio.sleep(plan.weigh_every)


def _weight(pid: int, second: float) -> Weight:
    try:
        front = psutil.Process(pid).memory_info().rss / 2**20
    except psutil.NoSuchProcess:
        front = 0.0
    return Weight(second, memory_mb(pid), front, len(tree(pid)))


async def _bursting(world: World, plan: Plan) -> None:
    """As many bursts as planned, spread over the time; none begins in the last eighth."""
    pause = plan.seconds * 7 / 8 / plan.bursts
    for _ in range(plan.bursts):
        await asyncio.sleep(pause / 2)
        began = time.monotonic()
        await burst(world, plan.burst_clients, plan.burst_texts)
        await asyncio.sleep(max(0.0, pause / 2 - (time.monotonic() - began)))
    await asyncio.Event().wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=600, help="(default: 600)")
    parser.add_argument("--model", type=Path, help="of the same weights (default: MiniLM with its graph)")
    asked = parser.parse_args()
    model = asked.model or exported("float32")
    bounds = Bounds(shed_seconds=10, memory=asked.seconds >= 120, must_shed=True)
    plan = Plan(asked.seconds, bursts=max(1, round(asked.seconds / 60)))
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        log = Path(folder) / "log"
        report = soak(model, questions(texts(), reference()), plan, log)
        wrong = failures(report, bounds)
        if wrong:
            print(log.read_text("utf-8")[-4000:], file=sys.stderr)
    load = f"load {os.getloadavg()[0]:.1f} at the end"
    print("\n".join([f"{asked.seconds:.0f} s, {model}; {load}\n", *table(report), "", *(wrong or ["Steady."])]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
