from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.log_lines import LogSource, milliseconds, show_lines
from tests.unit.cli.conftest import Run
from tests.unit.cli.targets import memory_target
from tests.unit.functions.api.client import Client

INSPECT, API = "td-Inspect-x", "td-Api-y"


class MemoryLogs:
    """CloudWatch Logs with some events, and Lambda with the stack's functions and another's."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events = list(events)
        self.requests: list[dict[str, Any]] = []

    def get_paginator(self, operation: str) -> MemoryLogs:
        self.operation = operation
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        if self.operation == "list_functions":
            names = (INSPECT, API, "other-Api")
            functions = [
                {"FunctionName": name, "LoggingConfig": {"LogGroup": "td-functions"}}
                for name in names
            ]
            yield {"Functions": functions}
            return
        self.requests.append(request)
        if request["logGroupName"] == "gone":
            error: Any = {"Code": "ResourceNotFoundException", "Message": "none"}
            raise ClientError({"Error": error}, "FilterLogEvents")
        yield {"events": self.events}


def event(number: int, text: str, stream: str = "s") -> dict[str, Any]:
    return {
        "eventId": str(number),
        "timestamp": number,
        "message": f"{text}\n",
        "logStreamName": stream,
    }


def test_lines_are_written_once_in_the_order_of_time() -> None:
    logs = MemoryLogs(event(2, "two"), event(1, "one"))
    lines: list[str] = []

    def sleep(seconds: float) -> None:
        if len(lines) == 3:
            raise KeyboardInterrupt
        logs.events.append(event(3, "three"))

    with pytest.raises(KeyboardInterrupt):
        show_lines(logs, LogSource("g"), lines.append, follow=True, sleep=sleep)
    assert lines == ["one", "two", "three"]


def test_a_group_that_nothing_has_written_to_is_empty() -> None:
    lines: list[str] = []
    assert not show_lines(MemoryLogs(), LogSource("gone"), lines.append, follow=False)


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> MemoryLogs:
    logs = MemoryLogs(
        event(1, "inspected reviews-1", f"2026/[{INSPECT}]1"),
        event(2, "answered", f"2026/[{API}]1"),
    )
    target = memory_target(**{"logs": logs, "lambda": logs})
    object.__setattr__(target, "stack", "td")
    monkeypatch.setattr("cli.invocation.find_target", lambda choice: target)
    return logs


def test_a_function_is_named_by_a_part_of_its_name(
    traindrop: Run, logs: MemoryLogs, call: Client
) -> None:
    assert traindrop("logs", "api")[:2] == (0, "answered")
    assert logs.requests[-1]["logGroupName"] == "td-functions"


def test_a_run_has_the_log_of_its_job_and_why_it_ended(
    traindrop: Run, logs: MemoryLogs, call: Client
) -> None:
    failure = {"step": "train", "cause": "Memory ran out.", "remedy": "Use less."}
    record = call.ledger.add(
        "reviews-1", status="failed", training={"job": "job-1"}, failure=failure
    )
    code, _, errors = traindrop("logs", "reviews")
    assert code == 0
    assert logs.requests[-1] == {
        "logGroupName": "/aws/sagemaker/TrainingJobs",
        "startTime": milliseconds(record.started_at),
        "logStreamNamePrefix": "job-1/",
    }
    assert "in train: Memory ran out." in errors


def test_a_run_without_a_job_has_what_was_written_about_it(
    traindrop: Run, logs: MemoryLogs, call: Client
) -> None:
    call.ledger.add("reviews-1", status="rejected")
    assert traindrop("logs", "reviews-1")[1] == "inspected reviews-1"


def test_what_is_neither_is_an_error_with_the_functions(
    traindrop: Run, logs: MemoryLogs, call: Client
) -> None:
    code, _, errors = traindrop("logs", "nobody")
    assert code == 1
    assert f"found 'nobody'. Functions: {API}, {INSPECT}." in errors
