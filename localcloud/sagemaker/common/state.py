"""What every part of the local SageMaker works with: its settings, its records, and the way to other services."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from localcloud.sagemaker.common.access import Access
from localcloud.sagemaker.common.events import StateChangeEvents
from localcloud.sagemaker.common.image_launchers import ImageEnvironments
from localcloud.sagemaker.common.images import DEFAULT_IMAGES, Images
from localcloud.sagemaker.common.launch import (
    Launcher,
    platform_environment,
    start_program,
)
from localcloud.sagemaker.common.package_views import PackageViews
from localcloud.sagemaker.common.store import Body, Kind, Store

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient

_CLIENT_CONFIG = Config(
    connect_timeout=3,
    max_pool_connections=32,
    retries={"mode": "standard", "total_max_attempts": 3},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    s3={"addressing_style": "path"},
)


@dataclass(frozen=True)
class Settings:
    """The settings of one running local SageMaker. Every duration is in seconds."""

    state: Path
    """The folder of everything that outlives a stop."""
    port: int = 0
    region: str = "us-east-1"
    account: str = "000000000000"
    images: Images = field(default=DEFAULT_IMAGES)
    image_environments: Path | None = None
    """The folder of the environments that `make images` builds; None: images are views of what is installed here."""
    stop_grace: float = 120.0
    """From SIGTERM to SIGKILL for a training job that is stopped or over its time."""
    capacity_wait: float = 2.0
    """How long a spot job waits for the next machine after its machine was taken away."""
    drain_grace: float = 30.0
    """From SIGTERM to SIGKILL for a model server."""
    shutdown_grace: float = 5.0
    """From SIGTERM to SIGKILL for every process when the local SageMaker itself ends."""
    startup_timeout: float = 180.0
    """For the first `/ping` 200 where the variant does not say."""
    startup_exits: int = 3
    """How often a model server may exit before its first `/ping` 200."""
    invocation_timeout: float = 60.0
    queue_timeout: float = 30.0
    """How long an invocation waits for a model server that is starting."""
    cold_start: float = 0.0
    """How long the model of an endpoint takes to load after `/ping` answers 200: the first requests wait for it."""
    cold_start_idle: float = 300.0
    """How long a serverless endpoint stays warm without a request."""
    max_processes: int = 2
    """The highest number of model servers for one variant, whatever `InitialInstanceCount` says."""
    max_training_jobs: int = 0
    """The highest number of training jobs at once; 0: as many as memory and cores allow."""
    log_interval: float = 0.4
    checkpoint_interval: float = 5.0
    pass_hf_env: bool = False
    """Whether jobs and model servers get the `HF_*` variables of this process."""
    iam: bool = False
    """Whether callers, and the roles that jobs and models are passed, are held to their policies."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def package_views(self) -> PackageViews:
        return PackageViews(self.state / "environments")

    @property
    def launchers(self) -> ImageEnvironments | None:
        return (
            ImageEnvironments(self.image_environments)
            if self.image_environments
            else None
        )

    def program_environment(self, host: Mapping[str, str]) -> dict[str, str]:
        """What every job and model server gets of the host's variables, and the way to the local AWS."""
        return platform_environment(
            host,
            url=self.url,
            region=self.region,
            state=self.state,
            pass_hf_env=self.pass_hf_env,
        )

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{kind}/{name.lower()}"


class AwsClients:
    """boto3 clients of the other local services, at the environment's `AWS_ENDPOINT_URL`.

    Each client is made on first use. Threads share it.
    """

    def __init__(self, region: str) -> None:
        self._lock = threading.Lock()
        self._session = boto3.Session(
            region_name=region,
            aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY"),
            aws_session_token=os.environ.get("AWS_SESSION_TOKEN"),
        )

    @cached_property
    def s3(self) -> S3Client:
        with self._lock:
            return self._session.client("s3", config=_CLIENT_CONFIG)

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        with self._lock:
            return self._session.client("logs", config=_CLIENT_CONFIG)

    @cached_property
    def cloudwatch(self) -> CloudWatchClient:
        with self._lock:
            return self._session.client("cloudwatch", config=_CLIENT_CONFIG)

    @cached_property
    def events(self) -> EventBridgeClient:
        with self._lock:
            return self._session.client("events", config=_CLIENT_CONFIG)

    @cached_property
    def sns(self) -> SNSClient:
        with self._lock:
            return self._session.client("sns", config=_CLIENT_CONFIG)

    @cached_property
    def service_quotas(self) -> Any:
        with self._lock:
            return self._session.client("service-quotas", config=_CLIENT_CONFIG)

    def s3_with(self, credentials: Mapping[str, str]) -> S3Client:
        """A client with the credentials that these environment variables hold."""
        return self._session_with(credentials).client("s3", config=_CLIENT_CONFIG)

    def sns_with(self, credentials: Mapping[str, str]) -> SNSClient:
        """As `s3_with`."""
        return self._session_with(credentials).client("sns", config=_CLIENT_CONFIG)

    def _session_with(self, credentials: Mapping[str, str]) -> boto3.Session:
        return boto3.Session(
            region_name=self._session.region_name,
            aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=credentials["AWS_SESSION_TOKEN"],
        )

    def warm_up(self) -> None:
        """Makes every client now: the first of each costs some 0.2 s."""
        _ = (self.s3, self.logs, self.cloudwatch, self.events)


@dataclass(frozen=True)
class SageMakerState:
    """The settings and records of one local SageMaker, and its connections to other services."""

    settings: Settings
    store: Store
    clients: AwsClients
    events: StateChangeEvents
    launcher: Launcher = start_program
    access: Access = field(default_factory=Access)

    def s3_as(self, credentials: Mapping[str, str]) -> S3Client:
        """S3 with a role's credentials; with the account's where there are no roles."""
        return self.clients.s3_with(credentials) if credentials else self.clients.s3

    def sns_as(self, credentials: Mapping[str, str]) -> SNSClient:
        """SNS, as `s3_as`."""
        return self.clients.sns_with(credentials) if credentials else self.clients.sns

    def change(self, kind: Kind, name: str, edit: Callable[[Body], object]) -> Body:
        """Edits a resource, stamps it, and announces its new state to EventBridge. Returns the new record."""

        def edit_and_stamp(body: Body) -> None:
            edit(body)
            body["LastModifiedTime"] = time.time()

        body = self.store.change(kind, name, edit_and_stamp)
        self.announce(kind, body)
        return body

    def announce(self, kind: Kind, body: Body) -> None:
        """Sends the state that a job or an endpoint now has to EventBridge."""
        tags = self.store.tags(body[kind.arn_field])
        self.events.send(kind, body, tags)
