"""Finds the right log for a name, wherever it is kept, and follows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from localcloud import clients
from localcloud.clients import Api, ApiError
from localcloud.cloud import PARTS, Cloud
from localcloud.errors import LocalCloudError, tail

JOBS_GROUP = "/aws/sagemaker/TrainingJobs"
FILES = (*PARTS, "deploy")
_POLL_SECONDS = 0.5
_TAIL_LINES = 200
Write = Callable[[str], None]


class NoLogError(LocalCloudError):
    """Nothing of this name writes a log."""


@dataclass(frozen=True)
class Streams:
    """Streams of one CloudWatch log group, chosen by what their names contain."""

    group: str
    contains: str


def _job_of(cloud: Cloud, name: str) -> str | None:
    """The training job called `name`, or of the run called `name`."""
    try:
        with Api(cloud) as api:
            training = api.run(name).get("training") or {}
        return str(training["job"]) if "job" in training else None
    except ApiError:
        pass
    try:
        return clients.sagemaker(cloud).describe_training_job(TrainingJobName=name)["TrainingJobName"]
    except ClientError:
        return None


def _function_of(cloud: Cloud, name: str) -> Streams | None:
    """The function whose name contains `name`, and the group that it writes to."""
    wanted = name.replace("_", "").replace("-", "").lower()
    pages = clients.lambdas(cloud).get_paginator("list_functions").paginate()
    for function in (f for page in pages for f in page["Functions"]):
        full = function["FunctionName"]
        if wanted in full.replace("-", "").lower():
            group = function.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{full}"
            return Streams(group, full if group != f"/aws/lambda/{full}" else "")
    return None


def locate(cloud: Cloud, name: str) -> Path | Streams:
    """Raises `NoLogError` listing what there is."""
    if name in FILES:
        return cloud.log(name)
    if job := _job_of(cloud, name):
        return Streams(JOBS_GROUP, f"{job}/")
    if function := _function_of(cloud, name):
        return function
    raise NoLogError(
        f"expected the name of a part ({', '.join(FILES)}), a run, a training job or a function; found {name!r}."
    )


def _events(logs: Any, source: Streams, since: int) -> list[dict[str, Any]]:
    streams = [
        stream["logStreamName"]
        for page in logs.get_paginator("describe_log_streams").paginate(logGroupName=source.group)
        for stream in page["logStreams"]
        if source.contains in stream["logStreamName"]
    ]
    found = [
        event | {"stream": stream}
        for stream in streams
        for event in logs.get_log_events(
            logGroupName=source.group, logStreamName=stream, startTime=since, startFromHead=True
        )["events"]
    ]
    return sorted(found, key=lambda event: event["timestamp"])


def _stream_lines(cloud: Cloud, source: Streams) -> Iterator[str | None]:
    """Lines as they come; None where there is nothing new for now."""
    logs = clients.logs(cloud)
    since, seen = 0, set[tuple[Any, ...]]()
    while True:
        events = _events(logs, source, since)
        for event in events:
            key = (event["stream"], event["timestamp"], event["message"])
            if key not in seen:
                seen.add(key)
                yield event["message"].rstrip("\n")
        if events:
            since = events[-1]["timestamp"] - 1000
            seen = {key for key in seen if key[1] >= since}
        yield None


def _file_lines(path: Path) -> Iterator[str | None]:
    position = path.stat().st_size if path.exists() else 0
    yield from tail(path, _TAIL_LINES).splitlines()
    while True:
        yield None
        if path.exists() and path.stat().st_size > position:
            with path.open(errors="replace") as lines:
                lines.seek(position)
                yield from lines.read().splitlines()
                position = lines.tell()


def show(cloud: Cloud, name: str, follow: bool, write: Write) -> None:
    """Writes what there is and, where told to follow, what comes until interrupted."""
    source = locate(cloud, name)
    lines = _file_lines(source) if isinstance(source, Path) else _stream_lines(cloud, source)
    for line in lines:
        if line is not None:
            write(line)
        elif follow:
            time.sleep(_POLL_SECONDS)
        else:
            return
