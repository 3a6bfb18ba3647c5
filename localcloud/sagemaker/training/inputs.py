"""What a job needs before it can start: channels, source, requirements."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.sagemaker import archives, transfers
from localcloud.sagemaker.errors import JobError
from localcloud.sagemaker.kinds import Body
from localcloud.sagemaker.training import hyperparameters, requirements
from localcloud.sagemaker.training.job_files import JobPaths

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_TAIL_LINES = 5


def download_channels(client: S3Client, job: Body, paths: JobPaths) -> None:
    for channel in job.get("InputDataConfig", []):
        _download_channel(client, job, channel, paths)


def download_source(client: S3Client, job: Body, paths: JobPaths) -> None:
    """Unpack the archive `sagemaker_submit_directory` names into `code`."""
    _, platform = hyperparameters.split(job.get("HyperParameters", {}))
    uri = platform.get("sagemaker_submit_directory")
    if not uri:
        return
    archive = paths.folder / "sourcedir.tar.gz"
    try:
        transfers.download_file(client, str(uri), archive)
        archives.unpack(archive, paths.code)
    except (ClientError, BotoCoreError, OSError, ValueError) as error:
        raise JobError(f"ClientError: the source archive {uri!r} can't be downloaded and unpacked: {error}") from error


def lacking_requirements(paths: JobPaths) -> list[str]:
    """What `requirements.txt` asks for and the interpreter lacks."""
    file = paths.code / "requirements.txt"
    return requirements.missing(file) if file.is_file() else []


def install_command(paths: JobPaths) -> list[str]:
    """Installs `requirements.txt` into a folder of the job."""
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"]
    return [*pip, "--target", str(paths.packages), "-r", "requirements.txt"]


def install_failure(code: int, stderr: list[str]) -> JobError:
    tail = "\n".join(stderr[-_TAIL_LINES:])
    return JobError(f'AlgorithmError: InstallRequirementsError:\nExitCode {code}\nErrorMessage "{tail}", exit code: 1')


def _download_channel(client: S3Client, job: Body, channel: Body, paths: JobPaths) -> None:
    source = channel["DataSource"].get("S3DataSource")
    if not source:
        raise JobError(
            f"ClientError: channel {channel['ChannelName']!r} has no S3DataSource, the only source the local cloud has."
        )
    fetch = transfers.download_manifest if source["S3DataType"] == "ManifestFile" else transfers.download_prefix
    try:
        count = fetch(client, source["S3Uri"], paths.channel(channel["ChannelName"]))
    except (ClientError, BotoCoreError, OSError, ValueError) as error:
        raise JobError(f"ClientError: Data download failed:{source['S3Uri']}: {error}") from error
    if not count:
        raise JobError(_no_objects(source["S3Uri"], job["RoleArn"]))


def _no_objects(uri: str, role: str) -> str:
    return (
        f'ClientError: Data download failed:No S3 objects found under S3 URL "{uri}" given in input data source. '
        "Please ensure that the bucket exists in the selected region, that objects exist under that S3 prefix, "
        f'and that the role "{role}" has "s3:ListBucket" permissions on bucket "{transfers.parse_uri(uri)[0]}".'
    )
