"""What a job leaves in S3."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.sagemaker import archives, s3
from localcloud.sagemaker.errors import JobError
from localcloud.sagemaker.kinds import Body
from localcloud.sagemaker.training.paths import JobPaths

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def upload_model(client: S3Client, job: Body, paths: JobPaths) -> str | None:
    """The model directory, as `model.tar.gz` or as files; its address, or None where the job left no model."""
    return _upload(client, job, paths.model, paths.folder / "model.tar.gz", "model")


def upload_output(client: S3Client, job: Body, paths: JobPaths) -> str | None:
    """The output directory, likewise, as `output.tar.gz`."""
    return _upload(client, job, paths.output / "data", paths.folder / "output.tar.gz", "output")


def _upload(client: S3Client, job: Body, folder: Path, archive: Path, name: str) -> str | None:
    config = job["OutputDataConfig"]
    target = s3.join_uri(config["S3OutputPath"], job["TrainingJobName"], "output")
    try:
        if config.get("CompressionType") == "NONE":
            files = s3.files_below(folder)
            s3.upload_files(client, folder, files, s3.join_uri(target, name))
            return s3.join_uri(target, name, "") if files else None
        if not archives.pack(folder, archive):
            return None
        uri = s3.join_uri(target, archive.name)
        s3.upload_file(client, archive, uri)
        archive.unlink()
        return uri
    except (ClientError, BotoCoreError, OSError) as error:
        raise JobError(f"ClientError: Artifact upload failed: {target}: {error}") from error
