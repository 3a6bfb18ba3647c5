from __future__ import annotations

from localcloud.sagemaker.training.job_request import Channel, JobRequest, S3Source
from tests.unit.localcloud.sagemaker.training.jobs import a_body


def test_a_request_that_says_little_has_defaults() -> None:
    body = a_body()
    for field in ("InputDataConfig", "HyperParameters"):
        del body[field]
    job = JobRequest.from_body(body)
    assert (job.channels, dict(job.hyperparameters), dict(job.environment)) == (
        [],
        {},
        {},
    )
    assert (job.max_runtime, job.max_wait, job.checkpoint_uri) == (86_400, None, None)
    assert job.output_compressed


def test_limits_checkpoints_and_output_are_read() -> None:
    body = a_body() | {
        "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90},
        "CheckpointConfig": {"S3Uri": "s3://b/checkpoints"},
        "OutputDataConfig": {
            "S3OutputPath": "s3://b/models",
            "CompressionType": "NONE",
        },
    }
    job = JobRequest.from_body(body)
    assert (job.max_runtime, job.max_wait, job.checkpoint_uri) == (
        60,
        90,
        "s3://b/checkpoints",
    )
    assert (job.output_uri, job.output_compressed) == ("s3://b/models", False)


def test_channels_have_their_source_and_are_named_in_order() -> None:
    job = JobRequest.from_body(a_body())
    assert job.channel_names == ["test", "train"]
    assert job.channels[0] == Channel(
        "train", S3Source("s3://b/d", "S3Prefix", "ShardedByS3Key"), "text/csv", "None"
    )


def test_a_channel_may_read_from_elsewhere() -> None:
    channel = Channel.from_body(
        {"ChannelName": "train", "DataSource": {"FileSystemDataSource": {}}}
    )
    assert channel.source is None
