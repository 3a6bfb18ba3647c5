"""What a training job reads from S3 before it starts, and what it leaves there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import BotoCoreError, ClientError

from contracts import locations
from localcloud.sagemaker.common import transfers
from localcloud.sagemaker.common.errors import JobError
from localcloud.sagemaker.training.job_paths import JobPaths
from localcloud.sagemaker.training.job_request import Channel, JobRequest
from localcloud.sagemaker.training.toolkit_command import Hyperparameters

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_DOWNLOAD_ERRORS = (ClientError, BotoCoreError, OSError, ValueError)


def download_channels(client: S3Client, job: JobRequest, paths: JobPaths) -> None:
    """Downloads every channel into its folder. Raises `JobError`."""
    for channel in job.channels:
        _download_channel(client, job, channel, paths)


def _download_channel(
    client: S3Client, job: JobRequest, channel: Channel, paths: JobPaths
) -> None:
    source = channel.source
    if source is None:
        raise JobError(
            f"ClientError: channel {channel.name!r} has no S3DataSource, the only source the local cloud has."
        )
    is_manifest = source.data_type == "ManifestFile"
    download = transfers.download_manifest if is_manifest else transfers.download_prefix
    try:
        count = download(client, source.uri, paths.channel(channel.name))
    except _DOWNLOAD_ERRORS as error:
        raise JobError(
            f"ClientError: Data download failed:{source.uri}: {error}"
        ) from error
    if not count:
        raise JobError(_no_objects_message(source.uri, job.role_arn))


def _no_objects_message(uri: str, role_arn: str) -> str:
    bucket, _ = transfers.parse_uri(uri)
    return (
        f'ClientError: Data download failed:No S3 objects found under S3 URL "{uri}" given in input data source. '
        "Please ensure that the bucket exists in the selected region, that objects exist under that S3 prefix, "
        f'and that the role "{role_arn}" has "s3:ListBucket" permissions on bucket "{bucket}".'
    )


def download_source(client: S3Client, job: JobRequest, paths: JobPaths) -> None:
    """Unpacks the archive that `sagemaker_submit_directory` names, if any, into the code folder. Raises `JobError`."""
    uri = Hyperparameters.decode(job.hyperparameters).source_uri
    if not uri:
        return
    try:
        transfers.download_file(client, uri, paths.source_archive)
        transfers.unpack(paths.source_archive, paths.code)
    except _DOWNLOAD_ERRORS as error:
        raise JobError(
            f"ClientError: the source archive {uri!r} can't be downloaded and unpacked: {error}"
        ) from error


def upload_model(client: S3Client, job: JobRequest, paths: JobPaths) -> str | None:
    """Uploads the model directory as `model.tar.gz` or as files.

    Returns its address, or None where the job left no model. Raises `JobError`.
    """
    return _upload(client, job, paths.model, paths.folder / locations.MODEL_ARCHIVE)


def upload_output(client: S3Client, job: JobRequest, paths: JobPaths) -> str | None:
    """Uploads the output directory, likewise, as `output.tar.gz` or as files."""
    return _upload(
        client, job, paths.output_data, paths.folder / locations.OUTPUT_ARCHIVE
    )


def _upload(
    client: S3Client, job: JobRequest, folder: Path, archive: Path
) -> str | None:
    target = transfers.join_uri(job.output_uri, job.name, "output")
    try:
        if job.output_compressed:
            return _upload_archive(client, folder, archive, target)
        name, _, _ = archive.name.partition(".")
        return _upload_files(client, folder, transfers.join_uri(target, name))
    except (ClientError, BotoCoreError, S3UploadFailedError, OSError) as error:
        raise JobError(
            f"ClientError: Artifact upload failed: {target}: {error}"
        ) from error


def _upload_archive(
    client: S3Client, folder: Path, archive: Path, target: str
) -> str | None:
    if not transfers.pack(folder, archive):
        return None
    uri = transfers.join_uri(target, archive.name)
    transfers.upload_file(client, archive, uri)
    archive.unlink()
    return uri


def _upload_files(client: S3Client, folder: Path, target: str) -> str | None:
    files = transfers.files_below(folder)
    transfers.upload_files(client, folder, files, target)
    return transfers.join_uri(target, "") if files else None
