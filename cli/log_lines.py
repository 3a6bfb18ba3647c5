"""Lines of CloudWatch Logs, oldest first, and those that follow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

POLL_SECONDS = 2.0
OVERLAP_MILLISECONDS = 10_000
"""Lines may arrive later than others of their time."""


@dataclass(frozen=True)
class LogSource:
    """What to show of a log group."""

    group: str
    stream_prefix: str = ""
    in_stream: str = ""
    """Lines that name it, or whose stream does."""
    in_line: str = ""
    """Lines that contain this."""
    since: int = 0
    """Milliseconds of the epoch."""


@dataclass(frozen=True)
class LogLine:
    event_id: str
    time: int
    text: str


def read_lines(logs: Any, source: LogSource, since: int) -> Iterator[LogLine]:
    """Those that are there now; none of a group that nothing has written to."""
    request: dict[str, Any] = {"logGroupName": source.group, "startTime": since}
    if source.stream_prefix:
        request["logStreamNamePrefix"] = source.stream_prefix
    pages = logs.get_paginator("filter_log_events").paginate(**request)
    try:
        for page in pages:
            for event in page["events"]:
                text = event["message"].rstrip("\n")
                is_of_stream = source.in_stream in event["logStreamName"] + text
                if is_of_stream and source.in_line in text:
                    yield LogLine(event["eventId"], event["timestamp"], text)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise


def show_lines(
    logs: Any,
    source: LogSource,
    write: Callable[[str], None],
    *,
    follow: bool,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Writes each line once. With `follow` it ends when it is interrupted. Returns how many there were."""
    shown: set[str] = set()
    since = source.since
    while True:
        lines = sorted(read_lines(logs, source, since), key=lambda line: line.time)
        for line in lines:
            if line.event_id not in shown:
                shown.add(line.event_id)
                write(line.text)
                since = max(since, line.time - OVERLAP_MILLISECONDS)
        if not follow:
            return len(shown)
        sleep(POLL_SECONDS)


def milliseconds(stamp: str) -> int:
    """Of the epoch, of a time in ISO 8601."""
    return int(datetime.fromisoformat(stamp).timestamp() * 1000)


def minutes_ago(minutes: float) -> int:
    return int((datetime.now(UTC).timestamp() - 60 * minutes) * 1000)
