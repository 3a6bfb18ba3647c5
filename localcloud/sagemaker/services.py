"""The other local AWS services, by boto3 through the environment's `AWS_ENDPOINT_URL`."""

from __future__ import annotations

import os
import threading
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client

_CONFIG = Config(
    connect_timeout=3,
    max_pool_connections=32,
    retries={"mode": "standard", "total_max_attempts": 3},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    s3={"addressing_style": "path"},
)


class Services:
    """One client a service, made on first use; clients are shared between threads."""

    def __init__(self, region: str) -> None:
        self._lock = threading.Lock()
        self._session = boto3.Session(
            region_name=region,
            aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "test"),
            aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
            aws_session_token=os.environ.get("AWS_SESSION_TOKEN"),
        )

    @cached_property
    def s3(self) -> S3Client:
        with self._lock:
            return self._session.client("s3", config=_CONFIG)

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        with self._lock:
            return self._session.client("logs", config=_CONFIG)

    @cached_property
    def cloudwatch(self) -> CloudWatchClient:
        with self._lock:
            return self._session.client("cloudwatch", config=_CONFIG)

    @cached_property
    def events(self) -> EventBridgeClient:
        with self._lock:
            return self._session.client("events", config=_CONFIG)

    def warm(self) -> None:
        """Make every client now: the first of each costs some 0.2 s."""
        _ = (self.s3, self.logs, self.cloudwatch, self.events)
