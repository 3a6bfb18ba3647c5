"""What can be set about the local SageMaker; every duration is in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from localcloud.sagemaker.images import DEFAULT_IMAGES, Images


@dataclass(frozen=True)
class Settings:
    """One running local SageMaker."""

    state: Path
    port: int = 0
    region: str = "us-east-1"
    account: str = "000000000000"
    images: Images = field(default=DEFAULT_IMAGES)
    stop_grace: float = 120.0
    """From SIGTERM to SIGKILL for a training job that is stopped or over its time."""
    capacity_wait: float = 2.0
    """How long a spot job whose machine was taken waits for the next."""
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
    max_processes: int = 2
    """Most model servers of one variant, whatever `InitialInstanceCount` says."""
    log_interval: float = 0.4
    checkpoint_interval: float = 5.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{kind}/{name.lower()}"
