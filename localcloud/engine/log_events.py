"""FilterLogEvents as AWS has it: streams by the beginning of their names, an id for each event, pages.

ministack looks at all streams whatever prefix is named, gives ids only to events of PutLogEvents, and cuts what is more
than a page. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import cloudwatch_logs

from localcloud.engine.common.patching import replace, symbol

LARGEST_PAGE = 10_000
Event = dict[str, Any]


def apply() -> None:
    """Raises `IncompatibleEngineError`."""
    symbol(cloudwatch_logs, "_compile_filter_pattern", "raw")
    symbol(cloudwatch_logs, "_resolve_log_group_name", "data")
    replace(cloudwatch_logs, "_append_log_events", "stream events", with_ids)
    replace(cloudwatch_logs, "_filter_log_events", "data", in_pages)


def with_ids(original: Any) -> Any:
    def append(stream: Any, events: list[Event]) -> None:
        for event in events:
            event.setdefault("eventId", cloudwatch_logs.new_uuid())
        original(stream, events)

    return append


def in_pages(original: Any) -> Any:
    def filter_log_events(data: Mapping[str, Any]) -> Any:
        name = cloudwatch_logs._resolve_log_group_name(data)
        group = cloudwatch_logs._log_groups.get(name)
        if group is None:
            return original(data)
        prefix = data.get("logStreamNamePrefix")
        if prefix and data.get("logStreamNames"):
            return cloudwatch_logs.error_response_json(
                "InvalidParameterException",
                "logStreamNames and logStreamNamePrefix cannot be specified together.",
                400,
            )
        with cloudwatch_logs._log_events_lock:
            events = _matching(group["streams"], data)
        start = int(data.get("nextToken") or 0)
        end = start + min(data.get("limit") or LARGEST_PAGE, LARGEST_PAGE)
        answer: dict[str, Any] = {
            "events": events[start:end],
            "searchedLogStreams": [],
        }
        if end < len(events):
            answer["nextToken"] = str(end)
        return cloudwatch_logs.json_response(answer)

    return filter_log_events


def _matching(
    streams: Mapping[str, Mapping[str, Any]], data: Mapping[str, Any]
) -> list[Event]:
    """The events of the named streams, of the named time and text, by time."""
    names, prefix = data.get("logStreamNames"), data.get("logStreamNamePrefix") or ""
    matches = cloudwatch_logs._compile_filter_pattern(data.get("filterPattern", ""))
    start, end = data.get("startTime") or 0, data.get("endTime") or float("inf")
    events = []
    for name, stream in streams.items():
        if not name.startswith(prefix) or (names and name not in names):
            continue
        for event in stream["events"]:
            if start <= event["timestamp"] <= end and matches(event["message"]):
                events.append({**event, "logStreamName": name})
    return sorted(events, key=lambda event: event["timestamp"])
