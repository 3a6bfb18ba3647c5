"""`make load`: many drops at once on a local cloud of its own, then predictions through redeployments.

Trainings are real, of a tiny model on few rows. Every model gets its first drop at once, and the next one as soon as
a run has the one before: it waits behind that run. Then clients call one model without a pause, first alone, then while
it is dropped twice more. In the end the stack is destroyed. Anything lost, left over or refused is an error.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.load_report import (
    BEGIN,
    END,
    CallsReport,
    DropsReport,
    JobTimes,
    Report,
    problems,
    table,
)
from benchmarks.processes import memory_mb
from contracts.locations import drop_prefix
from contracts.run_record import IN_PROGRESS, RunStatus
from localcloud import clients
from localcloud.cloud import ROOT, LocalCloud
from localcloud.environment import tool_environment
from localcloud.lifecycle import mirror_base_model
from tests.e2e.drops import reviews
from tests.tiny_model import TEXTS, build
from tools.marked_section import replace_section

PAGE = ROOT / "docs" / "reliability.md"
STACK, BASE_MODEL = "traindrop", "tiny"
PARAMETERS = (f"BaseModel={BASE_MODEL}", "ApiRateLimit=10000", "ApiBurstLimit=5000")
MAX_DROPS = 200
"""So many runs GET /runs lists."""
ROWS = 60
REDEPLOYMENTS = 2
POLL_SECONDS, MEMORY_SECONDS, CALL_TIMEOUT_SECONDS = 2.0, 3.0, 60.0
NOTHING_LEFT = 2
"""The exit code of `tools.destroy` where there is no such stack."""
INPUTS = ["lovely film great plot", "dull scene awful story"]


class LoadError(RuntimeError):
    """The load could not be put on, or did not end in time."""


@dataclass(frozen=True)
class Plan:
    drops: int = MAX_DROPS
    models: int = 100
    clients: int = 64
    warm_up_seconds: float = 15.0
    """Until every worker of the functions and of the endpoint has answered."""
    quiet_seconds: float = 30.0
    run_timeout_seconds: float = 600.0
    """For a drop's run, for each drop there is: they share the machine."""

    def drop_count(self, number: int) -> int:
        """How many drops the model of this number gets."""
        return len(range(number, self.drops, self.models))


def model_name(number: int) -> str:
    return f"load-{number:03}"


def run_command(cloud: LocalCloud, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=tool_environment(cloud),
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def running_cloud(state: Path) -> Iterator[LocalCloud]:
    """A local cloud with the tiny model as its base model; nothing of it is left when the context ends."""
    options = ("--state", str(state))
    up = [sys.executable, "-m", "localcloud", "up", *options]
    for parameter in PARAMETERS:
        up += ["--parameter", parameter]
    try:
        subprocess.run(up, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        cloud = LocalCloud.load(state)
        with tempfile.TemporaryDirectory() as folder:
            mirror_base_model(cloud, build(Path(folder), TEXTS), BASE_MODEL)
        yield cloud
    finally:
        down = [sys.executable, "-m", "localcloud", "down", "--purge", *options]
        subprocess.run(down, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def http_options(cloud: LocalCloud) -> dict[str, Any]:
    return {
        "base_url": cloud.api_url,
        "headers": {"x-api-key": cloud.api_key},
        "timeout": CALL_TIMEOUT_SECONDS,
        "trust_env": False,
    }


@dataclass
class Stack:
    """What the load needs of the deployed stack."""

    cloud: LocalCloud
    dropped: Counter[str] = field(default_factory=Counter)
    """Model -> how many drops it got."""

    def __post_init__(self) -> None:
        self._s3 = clients.s3(self.cloud)
        self._http = httpx.Client(**http_options(self.cloud))

    def drop(self, model: str) -> None:
        """Other rows than in the drops before, in the same file."""
        seed = self.dropped[model]
        self.dropped[model] += 1
        key = f"{drop_prefix(model)}data.csv"
        body = reviews(ROWS, seed)
        self._s3.put_object(Bucket=self.cloud.bucket, Key=key, Body=body)

    def runs(self) -> dict[str, list[RunStatus]]:
        """The statuses of each model's runs."""
        answer = self._http.get("/runs", params={"limit": MAX_DROPS})
        statuses: dict[str, list[RunStatus]] = {}
        for run in answer.raise_for_status().json()["runs"]:
            statuses.setdefault(run["model"], []).append(RunStatus(run["status"]))
        return statuses

    def statuses(self, model: str) -> list[RunStatus]:
        """Of its runs, the newest first."""
        answer = self._http.get("/runs", params={"model": model})
        runs = answer.raise_for_status().json()["runs"]
        return [RunStatus(run["status"]) for run in runs]


def is_claimed(statuses: Sequence[RunStatus], drops: int) -> bool:
    """Whether a run has each of the model's drops, and has read it: another drop is another run then."""
    return len(statuses) == drops and RunStatus.INSPECTING not in statuses


def has_ended(statuses: Sequence[RunStatus], drops: int) -> bool:
    return len(statuses) >= drops and not IN_PROGRESS.intersection(statuses)


def put_drops(stack: Stack, plan: Plan, say: Callable[[str], None]) -> float:
    """Drops all there is, each as soon as it may come, until every run has ended. Returns the seconds it took."""
    start = time.monotonic()
    names = [model_name(number) for number in range(plan.models)]
    counts = {model_name(n): plan.drop_count(n) for n in range(plan.models)}
    for name in names:
        stack.drop(name)
    deadline = start + plan.run_timeout_seconds * (1 + plan.drops / 10)
    while time.monotonic() < deadline:
        runs = stack.runs()
        unfinished = 0
        for name in names:
            statuses = runs.get(name, [])
            more = stack.dropped[name] < counts[name]
            if more and is_claimed(statuses, stack.dropped[name]):
                stack.drop(name)
            unfinished += more or not has_ended(statuses, counts[name])
        if not unfinished:
            return time.monotonic() - start
        ended = sum(len(statuses) for statuses in runs.values())
        say(
            f"{time.monotonic() - start:.0f} s: {ended} runs, {unfinished} models unfinished"
        )
        time.sleep(POLL_SECONDS)
    raise LoadError(
        f"expected every run to end within {deadline - start:.0f} s; found {stack.runs()}"
    )


class MemoryWatch(threading.Thread):
    """Notes the most memory that the cloud's processes took together, in MB."""

    def __init__(self, cloud: LocalCloud) -> None:
        super().__init__(daemon=True)
        self._pids = [record.pid for record in cloud.processes.values()]
        self._stopped = threading.Event()
        self.most_mb = 0.0

    def run(self) -> None:
        while not self._stopped.wait(MEMORY_SECONDS):
            try:
                total = sum(memory_mb(pid) for pid in self._pids)
            except psutil.Error:
                continue
            self.most_mb = max(self.most_mb, total)

    def stop(self) -> float:
        self._stopped.set()
        self.join()
        return self.most_mb


def job_times(cloud: LocalCloud) -> list[JobTimes]:
    sagemaker = clients.sagemaker(cloud)
    times = []
    for page in sagemaker.get_paginator("list_training_jobs").paginate():
        for summary in page["TrainingJobSummaries"]:
            name = summary["TrainingJobName"]
            job: Any = sagemaker.describe_training_job(TrainingJobName=name)
            if "TrainingStartTime" in job:
                times.append(_times_of(job))
    return times


def _times_of(job: Any) -> JobTimes:
    statuses = {item["Status"] for item in job["SecondaryStatusTransitions"]}
    return JobTimes(
        start=job["TrainingStartTime"].timestamp(),
        end=job["TrainingEndTime"].timestamp(),
        was_pending="Pending" in statuses,
    )


def measure_drops(stack: Stack, plan: Plan, say: Callable[[str], None]) -> DropsReport:
    watch = MemoryWatch(stack.cloud)
    watch.start()
    try:
        seconds = put_drops(stack, plan, say)
    finally:
        memory = watch.stop()
    return DropsReport(
        drops=plan.drops,
        models=plan.models,
        runs=stack.runs(),
        expected_runs={model_name(n): plan.drop_count(n) for n in range(plan.models)},
        seconds=seconds,
        jobs=job_times(stack.cloud),
        memory_mb=memory,
    )


# ---- predictions ---------------------------------------------------------------------------------------------------


async def call_until(
    cloud: LocalCloud, model: str, count: int, done: asyncio.Event
) -> CallsReport:
    """So many clients call without a pause until `done`; calls in progress are awaited."""
    latencies: list[float] = []
    failures: Counter[str] = Counter()
    start = time.monotonic()
    async with httpx.AsyncClient(
        **http_options(cloud), limits=httpx.Limits(max_connections=count)
    ) as http:

        async def client() -> None:
            while not done.is_set():
                sent = time.monotonic()
                failure = await _call(http, model)
                if failure:
                    failures[failure] += 1
                else:
                    latencies.append(time.monotonic() - sent)

        await asyncio.gather(*(client() for _ in range(count)))
    return CallsReport(latencies, failures, time.monotonic() - start)


async def _call(http: httpx.AsyncClient, model: str) -> str:
    """What went wrong; empty if nothing did."""
    try:
        answer = await http.post(f"/models/{model}/predict", json={"inputs": INPUTS})
    except httpx.HTTPError as error:
        return type(error).__name__
    if answer.status_code != 200:
        return f"{answer.status_code} {answer.text[:100]}"
    return "" if len(answer.json()) == len(INPUTS) else "another number of answers"


async def measure_quiet(cloud: LocalCloud, model: str, plan: Plan) -> CallsReport:
    """After a warm-up that is not measured."""
    for seconds in (plan.warm_up_seconds, plan.quiet_seconds):
        done = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, done.set)
        report = await call_until(cloud, model, plan.clients, done)
    return report


async def measure_beside(
    stack: Stack, model: str, plan: Plan
) -> tuple[CallsReport, list[float]]:
    """The calls while the model is dropped anew, and how long each redeployment took, in seconds."""
    done = asyncio.Event()
    calls = asyncio.ensure_future(call_until(stack.cloud, model, plan.clients, done))
    try:
        seconds = []
        for _ in range(REDEPLOYMENTS):
            seconds.append(await asyncio.to_thread(redeploy, stack, model, plan))
    finally:
        done.set()
        report = await calls
    return report, seconds


def redeploy(stack: Stack, model: str, plan: Plan) -> float:
    """Drops once more and waits for the run's end. Returns the seconds it took."""
    start = time.monotonic()
    stack.drop(model)
    while time.monotonic() < start + plan.run_timeout_seconds:
        if has_ended(stack.statuses(model), stack.dropped[model]):
            return time.monotonic() - start
        time.sleep(POLL_SECONDS)
    raise LoadError(
        f"expected a run of {model} to end within {plan.run_timeout_seconds:.0f} s; found {stack.statuses(model)}"
    )


# ---- everything ----------------------------------------------------------------------------------------------------


def destroy(cloud: LocalCloud) -> str:
    """Removes the stack. Returns what is left, by what is printed and by a dry run; empty if nothing is."""
    removal = run_command(cloud, "tools.destroy", "--stack", STACK, "--yes")
    dry_run = run_command(cloud, "tools.destroy", "--stack", STACK, "--dry-run")
    if removal.returncode == 0 and dry_run.returncode == NOTHING_LEFT:
        return ""
    return f"{removal.stdout[-500:]} {removal.stderr[-500:]} {dry_run.stdout}".strip()


def put_on(plan: Plan, state: Path, say: Callable[[str], None]) -> Report:
    """The whole load on a cloud of its own, in an empty folder."""
    with running_cloud(state) as cloud:
        stack = Stack(cloud)
        drops = measure_drops(stack, plan, say)
        model = model_name(0)
        say("predictions, quiet")
        quiet = asyncio.run(measure_quiet(cloud, model, plan))
        say("predictions through redeployments")
        beside, seconds = asyncio.run(measure_beside(stack, model, plan))
        redeployed = stack.statuses(model)[:1]
        say("destroying the stack")
        left = destroy(cloud)
    return Report(drops, plan.clients, quiet, beside, seconds, redeployed, left)


def machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores and {memory:.0f} GB"


def main(arguments: Sequence[str]) -> int:
    """1 where something was lost, left over or refused."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load")
    parser.add_argument("--drops", type=int, default=Plan.drops)
    parser.add_argument("--models", type=int, default=Plan.models)
    parser.add_argument("--clients", type=int, default=Plan.clients)
    parser.add_argument("--note", default="", help="what else the machine did")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args(arguments)
    if not options.models <= options.drops <= MAX_DROPS:
        parser.error(
            f"expected --models, then --drops, then {MAX_DROPS} in order of size; found {options.models} and "
            f"{options.drops}"
        )
    plan = Plan(options.drops, options.models, options.clients)
    with tempfile.TemporaryDirectory() as folder:
        report = put_on(
            plan, Path(folder) / "cloud", lambda text: print(text, flush=True)
        )
    text = table(report, f"{machine()}{options.note and f', {options.note}'}")
    print(text)
    lines = list(problems(report))
    print("\n".join(lines) or "Nothing was lost, left over or refused.")
    if options.write:
        page = replace_section(PAGE.read_text("utf-8"), BEGIN, END, f"\n{text}\n")
        PAGE.write_text(page, "utf-8")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
