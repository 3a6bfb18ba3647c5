"""`/opt/ml/checkpoints`, copied to S3 while a job runs."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import BotoCoreError, ClientError

from localcloud.sagemaker.common import transfers
from localcloud.sagemaker.common.errors import JobError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_QUIET_SECONDS = 1.0
"""A file written to more recently is left for the next round: it may not be whole."""


class _FileVersion(NamedTuple):
    """Changes whenever a file is written to."""

    modified_ns: int
    size: int


class CheckpointSync:
    """Restores a folder from S3, then uploads what is new or changed. As on AWS, nothing is ever deleted there."""

    def __init__(
        self, client: S3Client, folder: Path, uri: str, interval_seconds: float
    ) -> None:
        self._client, self._folder, self._uri = client, folder, uri
        self._interval_seconds = interval_seconds
        self._uploaded: dict[Path, _FileVersion] = {}
        self._closed = threading.Event()
        self._thread = threading.Thread(
            target=self._upload_rounds, name="checkpoints", daemon=True
        )

    def __enter__(self) -> CheckpointSync:
        """Brings back what earlier jobs left."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._failures("download"):
            transfers.download_prefix(
                self._client, self._uri.rstrip("/") + "/", self._folder
            )
        self._uploaded = self._versions()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the rounds and uploads the rest."""
        self._closed.set()
        self._thread.join()
        with self._failures("upload"):
            self._sync(quiet_seconds=0.0)

    @contextlib.contextmanager
    def _failures(self, action: str) -> Iterator[None]:
        """What fails in S3 fails the job. Raises `JobError`."""
        try:
            yield
        except (BotoCoreError, ClientError, S3UploadFailedError) as error:
            message = f"ClientError: Checkpoint {action} failed: {self._uri}: {error}"
            raise JobError(message) from error

    def _upload_rounds(self) -> None:
        while not self._closed.wait(self._interval_seconds):
            # A folder that changes underfoot, or an S3 that is away, is for the next round.
            with contextlib.suppress(
                OSError, BotoCoreError, ClientError, S3UploadFailedError
            ):
                self._sync(_QUIET_SECONDS)

    def _sync(self, quiet_seconds: float) -> None:
        versions = self._versions()
        changed = self._changed_files(versions, quiet_seconds)
        transfers.upload_files(self._client, self._folder, changed, self._uri)
        for path in changed:
            self._uploaded[path] = versions[path]

    def _changed_files(
        self, versions: dict[Path, _FileVersion], quiet_seconds: float
    ) -> list[Path]:
        latest_ns = (time.time() - quiet_seconds) * 1e9
        changed = []
        for path, version in versions.items():
            is_quiet = not quiet_seconds or version.modified_ns <= latest_ns
            if is_quiet and self._uploaded.get(path) != version:
                changed.append(path)
        return changed

    def _versions(self) -> dict[Path, _FileVersion]:
        return {
            path: _file_version(path) for path in transfers.files_below(self._folder)
        }


def _file_version(path: Path) -> _FileVersion:
    status = path.stat()
    return _FileVersion(status.st_mtime_ns, status.st_size)
