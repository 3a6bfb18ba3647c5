"""Follows one run through the HTTP API until it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner

from localcloud import clients
from localcloud.clients import Api, ApiError
from localcloud.cloud import Cloud
from localcloud.display import ENDED, progress_text, run_view, seconds_text, step_seconds, training_text, verdict_lines
from localcloud.errors import LocalCloudError

POLL_SECONDS = 0.4
TRAINING_POLL_SECONDS = 1.0
"""Every look costs the machine some milliseconds, which while it trains are the training's."""
PROGRESS_SECONDS = 5.0
"""On a plain terminal, progress within one state is told at most this often."""
_MISSES = 20

Record = dict[str, Any]


class UnknownRunError(LocalCloudError):
    """Neither a run nor a model has this name."""


def find_run(api: Api, name: str) -> str:
    """`name` itself if it is a run, else the newest run of the model called so."""
    try:
        return str(api.run(name)["run"])
    except ApiError as error:
        if error.status != 404:
            raise
    if runs := api.runs(name):
        return str(runs[0]["run"])
    known = ", ".join(dict.fromkeys(run["model"] for run in api.runs())) or "none yet"
    raise UnknownRunError(f"expected the name of a run or of a model with runs; found {name!r}. Models: {known}.")


def current_metrics(cloud: Cloud, record: Record) -> Record:
    """The record with the job's own latest word, which the ledger has only from poll to poll."""
    job = (record.get("training") or {}).get("job")
    if record["status"] != "training" or not job:
        return record
    described = clients.sagemaker(cloud).describe_training_job(TrainingJobName=job)
    metrics = {m["MetricName"]: m["Value"] for m in described.get("FinalMetricDataList", [])}
    interruptions = [
        each for each in described.get("SecondaryStatusTransitions", []) if each["Status"] == "Interrupted"
    ]
    now = {"phase": described.get("SecondaryStatus"), "metrics": metrics, "interruptions": len(interruptions)}
    return record | {"training": record["training"] | {name: value for name, value in now.items() if value}}


def records(cloud: Cloud, api: Api, run: str) -> Iterator[Record]:
    """The run's record, again and again until it has ended; a cloud that is away for a moment is waited for."""
    missed, pause = 0, POLL_SECONDS
    while True:
        try:
            record = current_metrics(cloud, api.run(run))
            missed = 0
        except (httpx.TransportError, ApiError):
            missed += 1
            if missed > _MISSES:
                raise
        else:
            yield record
            if record["status"] in ENDED:
                return
            pause = TRAINING_POLL_SECONDS if record["status"] == "training" else POLL_SECONDS
        time.sleep(pause)


class PlainView:
    """One line a change: a new state, or training progress at most every `PROGRESS_SECONDS`."""

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._write, self._clock = write, clock
        self._steps = 0
        self._progress: tuple[object, ...] = ()
        self._told = float("-inf")

    def show(self, record: Record) -> None:
        steps = step_seconds(record)
        for index in range(self._steps, len(steps)):
            before = f" ({steps[index - 1][0]} took {seconds_text(steps[index - 1][1])})" if index else ""
            self._write(f"{record['run']}: {steps[index][0]}{before}")
        self._steps = max(self._steps, len(steps))
        if record["status"] == "training":
            self._show_progress(record)

    def _show_progress(self, record: Record) -> None:
        training = record.get("training") or {}
        metrics = training.get("metrics") or {}
        judged = tuple(sorted((k, v) for k, v in metrics.items() if k.startswith("eval_")))
        progress = (training.get("phase"), judged, progress_text(metrics))
        due = self._clock() - self._told >= PROGRESS_SECONDS or progress[:2] != self._progress[:2]
        if due and progress != self._progress and training_text(record):
            self._progress, self._told = progress, self._clock()
            self._write(f"  {training_text(record)}")


class LiveView:
    """The run as it stands, drawn anew in place."""

    def __init__(self) -> None:
        self._record: Record = {}
        self._spinner = Spinner("dots", style="cyan")

    def show(self, record: Record) -> None:
        self._record = record

    def __rich__(self) -> RenderableType:
        return run_view(self._record, datetime.now(UTC), self._spinner) if self._record else ""


def watch(cloud: Cloud, api: Api, run: str, screen: Console) -> Record:
    """Shows the run until it ends and returns its last record."""
    if screen.is_terminal:
        view = LiveView()
        with Live(view, console=screen, refresh_per_second=8):
            last = _follow(cloud, api, run, view.show)
    else:
        last = _follow(cloud, api, run, PlainView(lambda line: screen.print(line, markup=False, soft_wrap=True)).show)
    for line in verdict_lines(last):
        screen.print(f"  {line}", markup=False, soft_wrap=True)
    return last


def _follow(cloud: Cloud, api: Api, run: str, show: Callable[[Record], None]) -> Record:
    last: Record = {}
    for record in records(cloud, api, run):
        last = record
        show(last)
    return last
