"""Follows one run through the HTTP API until it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import httpx
from rich.console import Console
from rich.live import Live

from contracts.locations import drop_prefix
from contracts.run_record import IN_PROGRESS, RunRecord, RunStatus, Training
from localcloud import clients
from localcloud.clients import Api, ApiError
from localcloud.cloud import LocalCloud
from localcloud.display import verdict_lines
from localcloud.errors import LocalCloudError
from localcloud.views import LiveView, PlainView

POLL_SECONDS = 0.4
TRAINING_POLL_SECONDS = 1.0
"""Every poll costs the machine some milliseconds, which the training could use."""
FIRST_RUN_SECONDS = 30.0
"""How long a drop without a run is waited for: it settles first, and is then inspected."""
_MAX_MISSES = 20
"""Polls in a row that may fail before the command gives up."""


class UnknownRunError(LocalCloudError):
    """Neither a run nor a model has this name."""


def find_run(api: Api, name: str) -> str:
    """`name` itself if it is a run, else the run of the model called so that is in progress, or its newest.

    Raises `UnknownRunError`.
    """
    try:
        return api.run(name).run
    except ApiError as error:
        if not error.is_not_found:
            raise
    runs = api.runs(name)
    if runs:
        current = (run for run in runs if run["status"] in IN_PROGRESS)
        return str(next(current, runs[0])["run"])
    models = ", ".join(dict.fromkeys(run["model"] for run in api.runs())) or "none yet"
    raise UnknownRunError(
        f"expected the name of a run or of a model with runs; found {name!r}. Models: {models}."
    )


def wait_for_run(cloud: LocalCloud, api: Api, name: str) -> str:
    """As `find_run`, but the run of a drop that was uploaded a moment ago is waited for."""
    deadline = time.monotonic() + FIRST_RUN_SECONDS
    while time.monotonic() < deadline:
        dropped_at = last_drop(cloud, name)
        if dropped_at is None:
            break
        with suppress(UnknownRunError):
            record = api.run(find_run(api, name))
            started_at = datetime.fromisoformat(record.started_at)
            if record.is_in_progress or dropped_at <= started_at:
                return record.run
        time.sleep(POLL_SECONDS)
    return find_run(api, name)


def last_drop(cloud: LocalCloud, model: str) -> datetime | None:
    """When a file was last uploaded to the model's folder of drops; None where there is none, or no such model."""
    pages = clients.s3(cloud).get_paginator("list_objects_v2")
    listed = pages.paginate(Bucket=cloud.bucket, Prefix=drop_prefix(model))
    return max(
        (item["LastModified"] for item in listed.search("Contents[]")), default=None
    )


def with_current_metrics(cloud: LocalCloud, record: RunRecord) -> RunRecord:
    """The record with the latest of its training job, which the ledger has only from poll to poll."""
    if record.status is not RunStatus.TRAINING or not record.training.job:
        return record
    return replace(record, training=_current_training(cloud, record.training))


def _current_training(cloud: LocalCloud, training: Training) -> Training:
    description = clients.sagemaker(cloud).describe_training_job(
        TrainingJobName=training.job
    )
    metrics = {
        metric["MetricName"]: metric["Value"]
        for metric in description.get("FinalMetricDataList", [])
    }
    transitions = description.get("SecondaryStatusTransitions", [])
    interruptions = sum(
        transition["Status"] == "Interrupted" for transition in transitions
    )
    return replace(
        training,
        phase=description.get("SecondaryStatus") or training.phase,
        metrics=metrics or training.metrics,
        interruptions=interruptions or training.interruptions,
    )


def records(cloud: LocalCloud, api: Api, run: str) -> Iterator[RunRecord]:
    """The run's record, again and again until it has ended. A cloud that is away for a moment is waited for."""
    misses = 0
    pause = POLL_SECONDS
    while True:
        try:
            record = with_current_metrics(cloud, api.run(run))
            misses = 0
        except (httpx.TransportError, ApiError):
            misses += 1
            if misses > _MAX_MISSES:
                raise
        else:
            yield record
            if not record.is_in_progress:
                return
            pause = (
                TRAINING_POLL_SECONDS
                if record.status is RunStatus.TRAINING
                else POLL_SECONDS
            )
        time.sleep(pause)


def watch(cloud: LocalCloud, api: Api, run: str, screen: Console) -> RunRecord:
    """Shows the run until it ends. Returns its last record."""

    def write(line: str) -> None:
        screen.print(line, markup=False, soft_wrap=True)

    if screen.is_terminal:
        view = LiveView()
        with Live(view, console=screen, refresh_per_second=8):
            last = _follow(cloud, api, run, view.show)
    else:
        last = _follow(cloud, api, run, PlainView(write).show)
    for line in verdict_lines(last):
        write(f"  {line}")
    return last


def _follow(
    cloud: LocalCloud, api: Api, run: str, show: Callable[[RunRecord], None]
) -> RunRecord:
    """Calls `show` with every record of the run. Returns the last one."""
    for record in records(cloud, api, run):
        show(record)
    return record
