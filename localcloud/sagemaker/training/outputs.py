"""What a job leaves in S3."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.sagemaker import archives, transfers
from localcloud.sagemaker.errors import JobError
from localcloud.sagemaker.kinds import Body
from localcloud.sagemaker.training.job_files import JobPaths

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
    target = transfers.join_uri(config["S3OutputPath"], job["TrainingJobName"], "output")
    try:
        if config.get("CompressionType") == "NONE":
            files = transfers.files_below(folder)
            transfers.upload_files(client, folder, files, transfers.join_uri(target, name))
            return transfers.join_uri(target, name, "") if files else None
        if not archives.pack(folder, archive):
            return None
        uri = transfers.join_uri(target, archive.name)
        transfers.upload_file(client, archive, uri)
        archive.unlink()
        return uri
    except (ClientError, BotoCoreError, OSError) as error:
        raise JobError(f"ClientError: Artifact upload failed: {target}: {error}") from error
