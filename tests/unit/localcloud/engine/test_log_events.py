from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import cloudwatch_logs

from localcloud.engine.log_events import in_pages, with_ids

GROUP = "/aws/sagemaker/TrainingJobs"


@pytest.fixture
def group() -> Iterator[str]:
    """Two jobs' streams; events of one were not put by PutLogEvents."""
    streams = {}
    append = with_ids(cloudwatch_logs._append_log_events)
    for name, times in (("job-1/algo", (1, 4)), ("job-10/algo", (2, 3))):
        stream: dict[str, Any] = {"events": []}
        stream |= dict.fromkeys(("firstEventTimestamp", "lastEventTimestamp"))
        events = [
            {"timestamp": time, "message": f"line {time}", "ingestionTime": time}
            for time in times
        ]
        append(stream, events)
        streams[name] = stream
    cloudwatch_logs._log_groups[GROUP] = {"streams": streams}
    yield GROUP
    del cloudwatch_logs._log_groups[GROUP]


def answer(group: str, **data: Any) -> tuple[int, Any]:
    status, _, body = in_pages(cloudwatch_logs._filter_log_events)(
        {"logGroupName": group, **data}
    )
    return status, json.loads(body)


def messages(group: str, **data: Any) -> list[str]:
    return [event["message"] for event in answer(group, **data)[1]["events"]]


def test_streams_are_chosen_by_the_beginning_of_their_names(group: str) -> None:
    assert messages(group, logStreamNamePrefix="job-1/") == ["line 1", "line 4"]
    assert messages(group, logStreamNames=["job-10/algo"]) == ["line 2", "line 3"]
    assert messages(group) == ["line 1", "line 2", "line 3", "line 4"]
    assert messages(group, startTime=2, endTime=3) == ["line 2", "line 3"]
    assert messages(group, filterPattern="4") == ["line 4"]


def test_every_event_has_an_id_of_its_own(group: str) -> None:
    events = answer(group)[1]["events"]
    assert len({event["eventId"] for event in events}) == 4


def test_more_than_a_page_comes_in_pages(group: str) -> None:
    first = answer(group, limit=3)[1]
    assert [event["timestamp"] for event in first["events"]] == [1, 2, 3]
    second = answer(group, limit=3, nextToken=first["nextToken"])[1]
    assert [event["timestamp"] for event in second["events"]] == [4]
    assert "nextToken" not in second


def test_names_and_their_beginning_are_refused_together(group: str) -> None:
    status, body = answer(group, logStreamNames=["a"], logStreamNamePrefix="a")
    assert (status, body["__type"]) == (400, "InvalidParameterException")


def test_a_missing_group_is_refused(group: str) -> None:
    assert answer("none")[1]["__type"] == "ResourceNotFoundException"
