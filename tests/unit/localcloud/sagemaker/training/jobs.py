"""Job records that tests of the training side share."""

from __future__ import annotations

from pathlib import Path

from localcloud.sagemaker.kinds import Body
from localcloud.sagemaker.training.job_files import JobPaths
from localcloud.sagemaker.training.toolkit_environment import Machine

MACHINE = Machine(cpus=4, gpus=0)


def a_job(**hyperparameters: str) -> Body:
    """A job with two channels."""
    source = {
        "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/d", "S3DataDistributionType": "ShardedByS3Key"}
    }
    return {
        "TrainingJobName": "job-1",
        "TrainingJobArn": "arn:aws:sagemaker:us-east-1:000000000000:training-job/job-1",
        "ResourceConfig": {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "InputDataConfig": [
            {"ChannelName": "train", "DataSource": source, "ContentType": "text/csv"},
            {"ChannelName": "test", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/t"}}},
        ],
        "HyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": "s3://b/s",
            **hyperparameters,
        },
    }


def paths_below(folder: Path) -> JobPaths:
    return JobPaths(folder)
