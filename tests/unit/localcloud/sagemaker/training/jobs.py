"""Job requests that tests of the training side share."""

from __future__ import annotations

from pathlib import Path

from localcloud.sagemaker.common.store import Body
from localcloud.sagemaker.training.job_paths import JobPaths
from localcloud.sagemaker.training.job_request import JobRequest
from localcloud.sagemaker.training.toolkit_command import Machine

MACHINE = Machine(cpus=4, gpus=0)


def a_body(**hyperparameters: str) -> Body:
    """The record of a job with two channels."""
    source = {
        "S3DataSource": {
            "S3DataType": "S3Prefix",
            "S3Uri": "s3://b/d",
            "S3DataDistributionType": "ShardedByS3Key",
        }
    }
    return {
        "TrainingJobName": "job-1",
        "TrainingJobArn": "arn:aws:sagemaker:us-east-1:000000000000:training-job/job-1",
        "RoleArn": "arn:aws:iam::000000000000:role/r",
        "AlgorithmSpecification": {
            "TrainingImage": "huggingface-pytorch-training",
            "TrainingInputMode": "File",
        },
        "OutputDataConfig": {"S3OutputPath": "s3://b/models"},
        "ResourceConfig": {
            "InstanceType": "ml.g5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 5,
        },
        "InputDataConfig": [
            {"ChannelName": "train", "DataSource": source, "ContentType": "text/csv"},
            {
                "ChannelName": "test",
                "DataSource": {
                    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/t"}
                },
            },
        ],
        "HyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": "s3://b/s",
            **hyperparameters,
        },
    }


def a_job(**hyperparameters: str) -> JobRequest:
    return JobRequest.from_body(a_body(**hyperparameters))


def paths_below(folder: Path) -> JobPaths:
    return JobPaths(folder)
