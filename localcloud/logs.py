"""Finds the right log for a name, wherever it is kept, and follows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from localcloud import clients
from localcloud.clients import Api, ApiError
from localcloud.cloud import PARTS, LocalCloud
from localcloud.errors import LocalCloudError, tail

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import (
        GetLogEventsRequestTypeDef,
        OutputLogEventTypeDef,
    )

JOBS_GROUP = "/aws/sagemaker/TrainingJobs"
FILES = (*PARTS, "deploy")
_POLL_SECONDS = 0.5
_TAIL_LINES = 200
Write = Callable[[str], None]


class NoLogError(LocalCloudError):
    """Nothing of this name writes a log."""


@dataclass(frozen=True)
class Streams:
    """What to show of a CloudWatch log group: everything, or what these texts select."""

    group: str
    in_name: str = ""
    """Streams whose name contains this."""
    in_stream: str = ""
    """Streams of which some line contains this: one stream is one worker of one function."""
    in_line: str = ""
    """Lines that contain this."""


@dataclass(frozen=True)
class LogLine:
    """`index` counts the events of its stream from 0. `time` is in epoch milliseconds."""

    stream: str
    index: int
    time: int
    text: str


def show(cloud: LocalCloud, name: str, follow: bool, write: Write) -> None:
    """Writes what there is and, with `follow`, what comes until interrupted. Raises `NoLogError`."""
    source = locate(cloud, name)
    lines = (
        _file_lines(source)
        if isinstance(source, Path)
        else _stream_lines(cloud, source)
    )
    for line in lines:
        if line is not None:
            write(line)
        elif follow:
            time.sleep(_POLL_SECONDS)
        else:
            return


# ---- which log -----------------------------------------------------------------------------------------------------


def locate(cloud: LocalCloud, name: str) -> Path | Streams:
    """Raises `NoLogError`, which lists what there is."""
    if name in FILES:
        return cloud.log(name)
    source = (
        _run_streams(cloud, name)
        or _job_streams(cloud, name)
        or _function_streams(cloud, name)
    )
    if source is None:
        raise NoLogError(
            f"expected the name of a part ({', '.join(FILES)}), a run, a training job or a function; found {name!r}."
        )
    return source


def _run_streams(cloud: LocalCloud, name: str) -> Streams | None:
    """The job's log where the run has come so far, else what the functions wrote about the run."""
    try:
        with Api(cloud) as api:
            training = api.run(name).training
    except ApiError:
        return None
    if training.job:
        return Streams(JOBS_GROUP, in_name=f"{training.job}/")
    functions = _function_streams(cloud, "inspect")
    return Streams(functions.group, in_line=name) if functions else None


def _job_streams(cloud: LocalCloud, name: str) -> Streams | None:
    try:
        clients.sagemaker(cloud).describe_training_job(TrainingJobName=name)
    except ClientError:
        return None
    return Streams(JOBS_GROUP, in_name=f"{name}/")


def _function_streams(cloud: LocalCloud, name: str) -> Streams | None:
    """The log of the first function whose name contains `name`; dashes and underscores do not count."""
    fragment = name.replace("_", "").replace("-", "").lower()
    for function in _functions(cloud):
        full_name = function["FunctionName"]
        if fragment in full_name.replace("-", "").lower():
            own_group = f"/aws/lambda/{full_name}"
            group = function.get("LoggingConfig", {}).get("LogGroup", own_group)
            return Streams(group, in_stream="" if group == own_group else full_name)
    return None


def _functions(cloud: LocalCloud) -> Iterator[FunctionConfigurationTypeDef]:
    for page in clients.lambdas(cloud).get_paginator("list_functions").paginate():
        yield from page["Functions"]


# ---- its lines -----------------------------------------------------------------------------------------------------


def _file_lines(path: Path) -> Iterator[str | None]:
    """Lines as they come; None where there is nothing new for now."""
    position = path.stat().st_size if path.exists() else 0
    yield from tail(path, _TAIL_LINES).splitlines()
    while True:
        yield None
        if path.exists() and path.stat().st_size > position:
            with path.open(errors="replace") as lines:
                lines.seek(position)
                yield from lines.read().splitlines()
                position = lines.tell()


def _stream_lines(cloud: LocalCloud, source: Streams) -> Iterator[str | None]:
    """Lines as they come; None where there is nothing new for now."""
    client = clients.logs(cloud)
    shown: set[LogLine] = set()
    while True:
        lines: list[LogLine] = []
        for stream in _stream_names(client, source):
            lines += _selected_lines(client, source, stream)
        for line in sorted(lines, key=lambda line: line.time):
            if line not in shown:
                shown.add(line)
                yield line.text.rstrip("\n")
        yield None


def _stream_names(client: CloudWatchLogsClient, source: Streams) -> list[str]:
    names = []
    try:
        for page in client.get_paginator("describe_log_streams").paginate(
            logGroupName=source.group
        ):
            names += [stream["logStreamName"] for stream in page["logStreams"]]
    except client.exceptions.ResourceNotFoundException:
        return []
    return [name for name in names if source.in_name in name]


def _selected_lines(
    client: CloudWatchLogsClient, source: Streams, stream: str
) -> list[LogLine]:
    events = list(_events(client, source.group, stream))
    if not any(source.in_stream in event["message"] for event in events):
        return []
    lines = []
    for index, event in enumerate(events):
        if source.in_line in event["message"]:
            lines.append(LogLine(stream, index, event["timestamp"], event["message"]))
    return lines


def _events(
    client: CloudWatchLogsClient, group: str, stream: str
) -> Iterator[OutputLogEventTypeDef]:
    """Every page of a stream. A token that comes back unchanged marks the end."""
    request: GetLogEventsRequestTypeDef = {
        "logGroupName": group,
        "logStreamName": stream,
        "startFromHead": True,
    }
    while True:
        page = client.get_log_events(**request)
        yield from page["events"]
        token = page.get("nextForwardToken")
        if not token or not page["events"] or token == request.get("nextToken"):
            return
        request["nextToken"] = token
