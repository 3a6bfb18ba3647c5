"""CloudWatch Logs: the last lines of a training job or an endpoint."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from functions.adapters.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

JOBS = "/aws/sagemaker/TrainingJobs"
TRANSFORMS = "/aws/sagemaker/TransformJobs"
ENDPOINTS = "/aws/sagemaker/Endpoints/"
_LINE_LIMIT = 1_100
"""Enough for the sentence that a failed job prints last."""
_STREAMS = 10
_DATA_LOG = "/data-log"
"""Of a transform job: the stream in which SageMaker itself says which object failed."""
_DATA_LINES = 1_000
_NOTED_LINES = 8


@translated
class Logs:
    """Reads the end of logs, never the beginning: that is where a traceback ends."""

    def __init__(self, client: CloudWatchLogsClient) -> None:
        self._client = client

    def of_job(self, job: str, lines: int = 30) -> list[str]:
        return self._tail(JOBS, f"{job}/", lines)

    def of_endpoint(self, endpoint: str, lines: int = 30) -> list[str]:
        return self._tail(ENDPOINTS + endpoint, "", lines)

    def of_transform(self, job: str, about: str = "") -> str:
        """What SageMaker noted last of a transform job, or of one of its objects; empty where it says nothing."""
        try:
            streams = [
                name
                for name in self._streams(TRANSFORMS, f"{job}/")
                if name.endswith(_DATA_LOG)
            ]
            events = [
                event
                for stream in streams
                for event in self._events(TRANSFORMS, stream, _DATA_LINES)
            ]
        except (BotoCoreError, ClientError):
            return ""
        lines = [line for _, line in events if about in line]
        if about:
            lines = [line.rpartition(f"{about}:")[2] for line in lines]
        words = [line.strip() for line in lines]
        return " ".join(filter(None, words[-_NOTED_LINES:]))[:_LINE_LIMIT]

    def delete_of_transform(self, job: str) -> None:
        """Removes every log stream of a transform job; nothing where there is none."""
        while streams := self._try_streams(f"{job}/", TRANSFORMS):
            for stream in streams:
                self._client.delete_log_stream(
                    logGroupName=TRANSFORMS, logStreamName=stream
                )

    def stream_of_job(self, job: str) -> str:
        """The newest stream of the job's first machine; empty where there is none, or AWS does not say."""
        try:
            response = self._client.describe_log_streams(
                logGroupName=JOBS, logStreamNamePrefix=f"{job}/algo-1-", limit=_STREAMS
            )
        except (BotoCoreError, ClientError):
            return ""
        streams = sorted(
            response["logStreams"], key=lambda stream: stream.get("creationTime", 0)
        )
        return streams[-1]["logStreamName"] if streams else ""

    def latest(self, stream: str, lines: int = 50) -> list[str]:
        """The last lines of a job's stream, in one call; none where AWS does not say: they are only for show."""
        try:
            return [line for _, line in self._events(JOBS, stream, lines)]
        except (BotoCoreError, ClientError):
            return []

    def delete_of_job(self, job: str) -> None:
        """Removes every log stream of a job; nothing where there is none."""
        while streams := self._try_streams(f"{job}/"):
            for stream in streams:
                self._client.delete_log_stream(logGroupName=JOBS, logStreamName=stream)

    def delete_of_endpoint(self, endpoint: str) -> None:
        """Removes the log group of an endpoint; nothing where there is none."""
        with suppress(self._client.exceptions.ResourceNotFoundException):
            self._client.delete_log_group(logGroupName=ENDPOINTS + endpoint)

    def _try_streams(self, prefix: str, group: str = JOBS) -> list[str]:
        with suppress(self._client.exceptions.ResourceNotFoundException):
            return self._streams(group, prefix)
        return []

    def _tail(self, group: str, prefix: str, lines: int) -> list[str]:
        """The newest lines over the group's streams of that prefix; none where nothing was ever logged."""
        try:
            events = [
                event
                for stream in self._streams(group, prefix)
                for event in self._events(group, stream, lines)
            ]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return []
            raise
        return [
            line[:_LINE_LIMIT]
            for _, line in sorted(events, key=lambda event: event[0])[-lines:]
        ]

    def _streams(self, group: str, prefix: str) -> list[str]:
        if prefix:
            response = self._client.describe_log_streams(
                logGroupName=group, logStreamNamePrefix=prefix, limit=_STREAMS
            )
        else:
            response = self._client.describe_log_streams(
                logGroupName=group,
                orderBy="LastEventTime",
                descending=True,
                limit=_STREAMS,
            )
        return [stream["logStreamName"] for stream in response["logStreams"]]

    def _events(self, group: str, stream: str, lines: int) -> list[tuple[int, str]]:
        response = self._client.get_log_events(
            logGroupName=group, logStreamName=stream, limit=lines, startFromHead=False
        )
        return [
            (event["timestamp"], event["message"].rstrip())
            for event in response["events"]
        ]
