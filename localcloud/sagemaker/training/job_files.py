"""The `/opt/ml` of one job, below a folder of its own."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.sagemaker.kinds import Body

HOST = "algo-1"
GROUP = "homogeneousCluster"
_CONTAINER_ROOT = "/opt/ml"


@dataclass(frozen=True)
class JobPaths:
    """Where a job's files lie; names as in the container."""

    folder: Path

    @property
    def base(self) -> Path:
        return self.folder / "opt/ml"

    @property
    def config(self) -> Path:
        return self.base / "input/config"

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
    def checkpoints(self) -> Path:
        return self.base / "checkpoints"

    @property
    def packages(self) -> Path:
        """What `requirements.txt` asked for and the interpreter lacked."""
        return self.folder / "site-packages"

    @property
    def log(self) -> Path:
        return self.folder / "job.log"

    def channel(self, name: str) -> Path:
        return self.base / "input/data" / name

    def local(self, container_path: str) -> str:
        """A path below `/opt/ml` as this job finds it; anything else as it stands."""
        if container_path == _CONTAINER_ROOT or container_path.startswith(f"{_CONTAINER_ROOT}/"):
            return str(self.base) + container_path.removeprefix(_CONTAINER_ROOT)
        return container_path

    def make(self, job: Body) -> None:
        """The empty tree and the three configuration files."""
        output = (self.output / "data", self.output / "intermediate")
        for folder in (self.config, self.code, self.model, *output):
            folder.mkdir(parents=True, exist_ok=True)
        for name in channel_names(job):
            self.channel(name).mkdir(parents=True, exist_ok=True)
        self._write("hyperparameters.json", job.get("HyperParameters", {}))
        self._write("inputdataconfig.json", input_data_config(job))
        self._write("resourceconfig.json", resource_config(job))

    def remove(self) -> None:
        """Everything but the log: what the job made is in S3."""
        shutil.rmtree(self.folder / "opt", ignore_errors=True)
        shutil.rmtree(self.packages, ignore_errors=True)
        (self.folder / "sourcedir.tar.gz").unlink(missing_ok=True)

    def _write(self, name: str, content: dict[str, Any]) -> None:
        (self.config / name).write_text(json.dumps(content, sort_keys=True))


def channel_names(job: Body) -> list[str]:
    return sorted(channel["ChannelName"] for channel in job.get("InputDataConfig", []))


def input_data_config(job: Body) -> dict[str, Any]:
    """`inputdataconfig.json`."""
    return {channel["ChannelName"]: _channel_config(channel) for channel in job.get("InputDataConfig", [])}


def _channel_config(channel: Body) -> dict[str, str]:
    source = channel["DataSource"].get("S3DataSource", {})
    config = {
        "TrainingInputMode": "File",
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    return config | ({"ContentType": channel["ContentType"]} if "ContentType" in channel else {})


def resource_config(job: Body) -> dict[str, Any]:
    """`resourceconfig.json` of the one host there is."""
    instance = job["ResourceConfig"].get("InstanceType", "local")
    return {
        "current_host": HOST,
        "current_instance_type": instance,
        "current_group_name": GROUP,
        "hosts": [HOST],
        "instance_groups": [{"instance_group_name": GROUP, "instance_type": instance, "hosts": [HOST]}],
        "network_interface_name": "lo",
    }
