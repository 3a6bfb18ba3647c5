"""Counts the rows of a file by a training job of SageMaker."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import boto3

IMAGE = (
    "763104351884.dkr.ecr.us-east-1.amazonaws.com/"
    "huggingface-pytorch-training:2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04"
)
SCRIPT = """
import os
from pathlib import Path

rows = Path(os.environ["SM_CHANNEL_TRAIN"], "rows.csv").read_text().splitlines()
print(f"rows={len(rows)};")
Path(os.environ["SM_MODEL_DIR"], "rows.txt").write_text(str(len(rows)))
"""


def source_archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        script = SCRIPT.encode()
        member = tarfile.TarInfo("train.py")
        member.size = len(script)
        archive.addfile(member, io.BytesIO(script))
    return buffer.getvalue()


def count_rows(name: str, bucket: str, role_arn: str, rows: bytes) -> dict[str, Any]:
    """The description of the job once it has ended."""
    s3, sagemaker = boto3.client("s3"), boto3.client("sagemaker")
    s3.put_object(Bucket=bucket, Key=f"{name}/source.tar.gz", Body=source_archive())
    s3.put_object(Bucket=bucket, Key=f"{name}/train/rows.csv", Body=rows)
    data = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{name}/train/"}
    request: dict[str, Any] = {
        "TrainingJobName": name,
        "RoleArn": role_arn,
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "rows", "Regex": "rows=([0-9]+);"}],
        },
        "HyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"s3://{bucket}/{name}/source.tar.gz",
        },
        "InputDataConfig": [
            {"ChannelName": "train", "DataSource": {"S3DataSource": data}}
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/{name}/output"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 5,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    sagemaker.create_training_job(**request)
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
    job: dict[str, Any] = dict(sagemaker.describe_training_job(TrainingJobName=name))
    return job
