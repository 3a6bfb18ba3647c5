"""What CreateTrainingJob asked for, read once from the job's record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from localcloud.sagemaker.common.access import Tag
from localcloud.sagemaker.common.store import Body

SESSION_TAGS = "SessionTags"
"""In a job's record: no field of SageMaker's, so no answer has it."""
DEFAULT_RUNTIME_SECONDS = 86_400.0


@dataclass(frozen=True)
class S3Source:
    uri: str
    data_type: str
    """`S3Prefix` or `ManifestFile`."""
    distribution: str

    @classmethod
    def from_body(cls, source: Body) -> S3Source:
        return cls(
            uri=source["S3Uri"],
            data_type=source["S3DataType"],
            distribution=source.get("S3DataDistributionType", "FullyReplicated"),
        )


@dataclass(frozen=True)
class Channel:
    name: str
    source: S3Source | None
    """None for a channel that reads from elsewhere."""
    content_type: str | None
    record_wrapper: str

    @classmethod
    def from_body(cls, channel: Body) -> Channel:
        source = channel["DataSource"].get("S3DataSource")
        return cls(
            name=channel["ChannelName"],
            source=S3Source.from_body(source) if source else None,
            content_type=channel.get("ContentType"),
            record_wrapper=channel.get("RecordWrapperType", "None"),
        )


@dataclass(frozen=True)
class JobRequest:
    """The parts of a training job that running it needs. Durations are in seconds."""

    name: str
    arn: str
    role_arn: str
    session_tags: Sequence[Tag]
    """Of the job's session of its role."""
    image: str
    """The URI of the container image."""
    entrypoint: Sequence[str]
    """The program of the container, where it is not the image's own."""
    arguments: Sequence[str]
    metric_definitions: Sequence[Mapping[str, str]]
    """`{"Name": …, "Regex": …}`: the value of a metric is the first group of the expression."""
    hyperparameters: Mapping[str, str]
    environment: Mapping[str, str]
    channels: Sequence[Channel]
    output_uri: str
    output_compressed: bool
    checkpoint_uri: str | None
    instance_type: str
    spot: bool
    max_runtime: float
    """The longest time on machines."""
    max_wait: float | None
    """The longest time from the start, waiting for spot capacity included; None where the job does not say."""

    @classmethod
    def from_body(cls, job: Body) -> JobRequest:
        """The request in a record that CreateTrainingJob has validated."""
        algorithm = job["AlgorithmSpecification"]
        condition = job.get("StoppingCondition", {})
        output = job["OutputDataConfig"]
        return cls(
            name=job["TrainingJobName"],
            arn=job["TrainingJobArn"],
            role_arn=job["RoleArn"],
            session_tags=job.get(SESSION_TAGS, []),
            image=algorithm.get("TrainingImage", ""),
            entrypoint=algorithm.get("ContainerEntrypoint", []),
            arguments=algorithm.get("ContainerArguments", []),
            metric_definitions=algorithm.get("MetricDefinitions", []),
            hyperparameters=job.get("HyperParameters", {}),
            environment=job.get("Environment", {}),
            channels=[
                Channel.from_body(channel) for channel in job.get("InputDataConfig", [])
            ],
            output_uri=output["S3OutputPath"],
            output_compressed=output.get("CompressionType") != "NONE",
            checkpoint_uri=job.get("CheckpointConfig", {}).get("S3Uri"),
            instance_type=job["ResourceConfig"].get("InstanceType", "local"),
            spot=job.get("EnableManagedSpotTraining", False),
            max_runtime=condition.get("MaxRuntimeInSeconds", DEFAULT_RUNTIME_SECONDS),
            max_wait=condition.get("MaxWaitTimeInSeconds"),
        )

    @property
    def channel_names(self) -> list[str]:
        return sorted(channel.name for channel in self.channels)
