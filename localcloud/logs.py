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
    """What to show of a CloudWatch log group: everything, or what these texts choose."""

    group: str
    in_name: str = ""
    """Streams whose name contains this."""
    in_stream: str = ""
    """Streams of which some line contains this: one stream is one worker of one function."""
    in_line: str = ""


def _job_exists(cloud: Cloud, name: str) -> bool:
    try:
        clients.sagemaker(cloud).describe_training_job(TrainingJobName=name)
    except ClientError:
        return False
    return True


def _run_of(cloud: Cloud, name: str) -> Streams | None:
    """The job's log where the run has come so far, else what the functions said of the run."""
    try:
        with Api(cloud) as api:
            training = api.run(name).get("training") or {}
    except ApiError:
        return None
    if "job" in training:
        return Streams(JOBS_GROUP, in_name=f"{training['job']}/")
    functions = _function_of(cloud, "inspect")
    return Streams(functions.group, in_line=name) if functions else None


def _function_of(cloud: Cloud, name: str) -> Streams | None:
    """The function whose name contains `name`, and the group that it writes to."""
    wanted = name.replace("_", "").replace("-", "").lower()
    pages = clients.lambdas(cloud).get_paginator("list_functions").paginate()
    for function in (f for page in pages for f in page["Functions"]):
        full = function["FunctionName"]
        if wanted in full.replace("-", "").lower():
            own = f"/aws/lambda/{full}"
            group = function.get("LoggingConfig", {}).get("LogGroup", own)
            return Streams(group, in_stream="" if group == own else full)
    return None


def locate(cloud: Cloud, name: str) -> Path | Streams:
    """Raises `NoLogError` listing what there is."""
    if name in FILES:
        return cloud.log(name)
    found = _run_of(cloud, name)
    if found is None and _job_exists(cloud, name):
        found = Streams(JOBS_GROUP, in_name=f"{name}/")
    found = found or _function_of(cloud, name)
    if found is None:
        raise NoLogError(
            f"expected the name of a part ({', '.join(FILES)}), a run, a training job or a function; found {name!r}."
        )
    return found


def _stream_names(logs: Any, source: Streams) -> list[str]:
    try:
        pages = list(logs.get_paginator("describe_log_streams").paginate(logGroupName=source.group))
    except logs.exceptions.ResourceNotFoundException:
        return []
    names = (stream["logStreamName"] for page in pages for stream in page["logStreams"])
    return [name for name in names if source.in_name in name]


def _all_events(logs: Any, group: str, name: str) -> Iterator[dict[str, Any]]:
    """Every page of a stream; the end is told by a token that comes back unchanged."""
    place: dict[str, str] = {}
    while True:
        page = logs.get_log_events(logGroupName=group, logStreamName=name, startFromHead=True, **place)
        yield from page["events"]
        token = page.get("nextForwardToken")
        if not token or not page["events"] or place.get("nextToken") == token:
            return
        place = {"nextToken": token}


def _stream_events(logs: Any, source: Streams, name: str) -> list[dict[str, Any]]:
    events = list(_all_events(logs, source.group, name))
    if not any(source.in_stream in event["message"] for event in events):
        return []
    return [event | {"key": (name, index)} for index, event in enumerate(events) if source.in_line in event["message"]]


def _stream_lines(cloud: Cloud, source: Streams) -> Iterator[str | None]:
    """Lines as they come; None where there is nothing new for now."""
    logs, seen = clients.logs(cloud), set[tuple[str, int]]()
    while True:
        events = [event for name in _stream_names(logs, source) for event in _stream_events(logs, source, name)]
        for event in sorted(events, key=lambda event: event["timestamp"]):
            if event["key"] not in seen:
                seen.add(event["key"])
                yield event["message"].rstrip("\n")
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
