"""Boto-shaped SNS, EventBridge, Step Functions, CloudWatch Logs and SageMaker Runtime."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tests.chaos.faults import client_error
from tests.chaos.s3 import Answer

if TYPE_CHECKING:
    from tests.chaos.world import World


class FakeSns:
    def __init__(self, world: World) -> None:
        self._world = world

    def publish(self, TopicArn: str, Subject: str, Message: str) -> Any:  # noqa: N803
        mail = (Subject, Message)
        return self._world.call(
            "sns", "Publish", "", lambda: self._world.state.mails.append(mail)
        )


class FakeEvents:
    def __init__(self, world: World) -> None:
        self._world = world

    def put_events(self, Entries: list[dict[str, str]]) -> Any:  # noqa: N803
        def put() -> Answer:
            details = [json.loads(entry["Detail"]) for entry in Entries]
            self._world.state.events.extend(details)
            return {"FailedEntryCount": 0}

        return self._world.call("events", "PutEvents", "", put)


class FakeWorkflow:
    """The executions of the world, as Step Functions describes them."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _call(self, operation: str, name: str, effect: Callable[[], Any]) -> Any:
        return self._world.call("states", operation, name, effect)

    def describe_execution(self, executionArn: str) -> Any:  # noqa: N803
        def describe() -> Answer:
            execution = self._world.state.executions.get(executionArn)
            if execution is None:
                raise client_error(
                    "ExecutionDoesNotExist", "no such execution", "DescribeExecution"
                )
            return execution.description()

        return self._call("DescribeExecution", executionArn, describe)

    def start_execution(
        self,
        stateMachineArn: str,  # noqa: N803
        name: str,
        input: str,
    ) -> Any:
        def start() -> Answer:
            arn, event = self._world.arn(name), json.loads(input)
            running = self._world.state.executions.get(arn)
            if running and (running.status, running.event) == ("RUNNING", event):
                return {"executionArn": arn}
            if running:
                raise client_error(
                    "ExecutionAlreadyExists", "it exists", "StartExecution"
                )
            self._world.start(event, name)
            return {"executionArn": arn}

        return self._call("StartExecution", name, start)

    def stop_execution(self, executionArn: str, error: str, cause: str) -> Any:  # noqa: N803
        def stop() -> Answer:
            execution = self._world.state.executions.get(executionArn)
            if execution is None:
                raise client_error(
                    "ExecutionDoesNotExist", "no such execution", "StopExecution"
                )
            if execution.status == "RUNNING":
                # A function that is at work goes on; the event of the end calls a sweep.
                execution.status, execution.error = "ABORTED", error
                self._world.sweep_soon()
            return {}

        return self._call("StopExecution", executionArn, stop)


class FakeLogs:
    """Jobs have a stream without lines: what Explain reads there is only evidence."""

    exceptions = SimpleNamespace(ResourceNotFoundException=ClientError)

    def __init__(self, world: World) -> None:
        self._world = world

    def describe_log_streams(self, logStreamNamePrefix: str = "", **_: Any) -> Answer:  # noqa: N803
        streams = self._world.state.log_streams
        names = [name for name in streams if name.startswith(logStreamNamePrefix)]
        return {"logStreams": [{"logStreamName": name} for name in names]}

    def get_log_events(self, **_: Any) -> Answer:
        return {"events": []}

    def delete_log_stream(self, logGroupName: str, logStreamName: str) -> Any:  # noqa: N803
        def delete() -> Answer:
            self._world.state.log_streams.discard(logStreamName)
            return {}

        return self._world.call("logs", "DeleteLogStream", logStreamName, delete)

    def delete_log_group(self, logGroupName: str) -> Any:  # noqa: N803
        return self._world.call("logs", "DeleteLogGroup", logGroupName, dict)


class FakeRuntime:
    """Every endpoint answers with the name of the model that it serves."""

    def __init__(self, world: World) -> None:
        self._world = world

    def invoke_endpoint(self, EndpointName: str, **_: Any) -> Any:  # noqa: N803
        def predict() -> Answer:
            answer = self._world.sagemaker.answer(EndpointName)
            variant = self._world.sagemaker.variant(EndpointName)
            if answer is None:
                raise client_error(
                    "ValidationError",
                    f"Endpoint {EndpointName} of account 1 not found.",
                    "InvokeEndpoint",
                )
            if self._world.is_calling("Verify"):
                self._world.sagemaker.note_verification(EndpointName)
            self._world.state.requests.append((variant, self._world.now()))
            body = io.BytesIO(json.dumps(answer).encode())
            notes = self._world.sagemaker.attributes(EndpointName)
            return {
                "Body": body,
                "InvokedProductionVariant": variant,
                "CustomAttributes": notes,
            }

        return self._world.call("runtime", "InvokeEndpoint", EndpointName, predict)


class FakeCloudWatch:
    """Counts the requests that variants answered, and keeps alarms."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get_metric_statistics(self, **request: Any) -> Any:
        def count() -> Answer:
            variant = variant_of(request)
            since, until = request["StartTime"], request["EndTime"]
            times = [
                time for name, time in self._world.state.requests if name == variant
            ]
            return {
                "Datapoints": [{"Sum": 1.0} for time in times if since <= time < until]
            }

        operation = "GetMetricStatistics"
        return self._world.call("cloudwatch", operation, variant_of(request), count)

    def put_metric_alarm(self, AlarmName: str, **request: Any) -> Any:  # noqa: N803
        def put() -> Answer:
            self._world.state.alarms.add(AlarmName)
            return {}

        return self._world.call("cloudwatch", "PutMetricAlarm", AlarmName, put)

    def get_paginator(self, operation: str) -> Any:
        """Of the alarms whose names begin with a prefix: a page."""
        assert operation == "describe_alarms"
        return self

    def paginate(self, AlarmNamePrefix: str, **_: Any) -> list[Any]:  # noqa: N803
        def listed() -> Answer:
            alarms = sorted(self._world.state.alarms)
            names = [name for name in alarms if name.startswith(AlarmNamePrefix)]
            return {"MetricAlarms": [{"AlarmName": name} for name in names]}

        operation = "DescribeAlarms"
        return [self._world.call("cloudwatch", operation, AlarmNamePrefix, listed)]

    def describe_alarms(self, AlarmNames: list[str]) -> Any:  # noqa: N803
        def present() -> Answer:
            names = [name for name in AlarmNames if name in self._world.state.alarms]
            return {"MetricAlarms": [{"AlarmName": name} for name in names]}

        return self._world.call("cloudwatch", "DescribeAlarms", AlarmNames[0], present)

    def delete_alarms(self, AlarmNames: list[str]) -> Any:  # noqa: N803
        def delete() -> Answer:
            self._world.state.alarms.difference_update(AlarmNames)
            return {}

        return self._world.call("cloudwatch", "DeleteAlarms", AlarmNames[0], delete)


def variant_of(request: dict[str, Any]) -> str:
    """Of a request for an endpoint's numbers."""
    names = {item["Name"]: item["Value"] for item in request["Dimensions"]}
    return str(names["VariantName"])
