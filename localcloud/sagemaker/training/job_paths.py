"""The `/opt/ml` of one job, below a folder of its own."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts import locations
from contracts.locations import CONTAINER_ROOT
from localcloud.sagemaker.common.image_launchers import ENVIRONMENT_NAME
from localcloud.sagemaker.training.job_request import Channel, JobRequest

HOST = "algo-1"
INSTANCE_GROUP = "homogeneousCluster"


@dataclass(frozen=True)
class JobPaths:
    """Where a job's files lie. Names are those in the container."""

    folder: Path

    @property
    def base(self) -> Path:
        return self.folder / "opt/ml"

    @property
    def input(self) -> Path:
        return self.base / "input"

    @property
    def config(self) -> Path:
        return self.input / "config"

    @property
    def code(self) -> Path:
        return self.base / "code"

    @property
    def model(self) -> Path:
        return self.base / "model"

    @property
    def output(self) -> Path:
        return self.base / "output"

    @property
    def output_data(self) -> Path:
        return self.output / "data"

    @property
    def output_intermediate(self) -> Path:
        return self.output / "intermediate"

    @property
    def failure(self) -> Path:
        """The file in which a script may say why it fails."""
        return self.output / locations.FAILURE_NAME

    @property
    def checkpoints(self) -> Path:
        return self.base / locations.CHECKPOINTS_NAME

    @property
    def source_archive(self) -> Path:
        return self.folder / locations.SOURCE_ARCHIVE

    @property
    def packages(self) -> Path:
        """The packages that `requirements.txt` asks for and the interpreter lacks."""
        return self.folder / "site-packages"

    @property
    def log(self) -> Path:
        return self.folder / "job.log"

    def channel(self, name: str) -> Path:
        return self.input / "data" / name

    def local(self, container_path: str) -> str:
        """A path below `/opt/ml` as this job finds it; any other text unchanged."""
        if container_path == CONTAINER_ROOT or container_path.startswith(
            f"{CONTAINER_ROOT}/"
        ):
            return str(self.base) + container_path.removeprefix(CONTAINER_ROOT)
        return container_path

    def make(self, job: JobRequest) -> None:
        """Makes the empty tree and the three configuration files."""
        channels = [self.channel(name) for name in job.channel_names]
        folders = [
            self.config,
            self.code,
            self.model,
            self.output_data,
            self.output_intermediate,
            *channels,
        ]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        self._write_config("hyperparameters.json", dict(job.hyperparameters))
        self._write_config("inputdataconfig.json", input_data_config(job))
        self._write_config("resourceconfig.json", resource_config(job))

    def remove(self) -> None:
        """Removes everything but the log: what the job made is in S3."""
        shutil.rmtree(self.folder / "opt", ignore_errors=True)
        shutil.rmtree(self.packages, ignore_errors=True)
        shutil.rmtree(self.folder / ENVIRONMENT_NAME, ignore_errors=True)
        shutil.rmtree(self.folder / "namespace", ignore_errors=True)
        self.source_archive.unlink(missing_ok=True)

    def _write_config(self, name: str, content: dict[str, Any]) -> None:
        (self.config / name).write_text(json.dumps(content, sort_keys=True))


def input_data_config(job: JobRequest) -> dict[str, dict[str, str]]:
    """The content of `inputdataconfig.json`."""
    return {channel.name: _channel_config(channel) for channel in job.channels}


def _channel_config(channel: Channel) -> dict[str, str]:
    config = {
        "TrainingInputMode": "File",
        "S3DistributionType": channel.source.distribution
        if channel.source
        else "FullyReplicated",
        "RecordWrapperType": channel.record_wrapper,
    }
    if channel.content_type is not None:
        config["ContentType"] = channel.content_type
    return config


def resource_config(job: JobRequest) -> dict[str, Any]:
    """The content of `resourceconfig.json`: there is one host."""
    group = {
        "instance_group_name": INSTANCE_GROUP,
        "instance_type": job.instance_type,
        "hosts": [HOST],
    }
    return {
        "current_host": HOST,
        "current_instance_type": job.instance_type,
        "current_group_name": INSTANCE_GROUP,
        "hosts": [HOST],
        "instance_groups": [group],
        "network_interface_name": "lo",
    }
