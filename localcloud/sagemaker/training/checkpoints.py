"""`/opt/ml/checkpoints`, kept the same in S3 while a job runs."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.sagemaker import transfers

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_QUIET_SECONDS = 1.0
"""A file written to more recently is left for the next round: it may not be whole."""


class Checkpoints:
    """Restores a folder from S3, then sends up what is new or changed, and deletes there what is deleted here."""

    def __init__(self, client: S3Client, folder: Path, uri: str, interval: float) -> None:
        self._client, self._folder, self._uri, self._interval = client, folder, uri, interval
        self._sent: dict[Path, tuple[int, int]] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work, name="checkpoints", daemon=True)

    def __enter__(self) -> Checkpoints:
        """Bring back what earlier jobs left."""
        self._folder.mkdir(parents=True, exist_ok=True)
        transfers.download_prefix(self._client, self._uri.rstrip("/") + "/", self._folder)
        self._sent = {path: _stamp(path) for path in transfers.files_below(self._folder)}
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the rounds and send up the rest."""
        self._done.set()
        self._thread.join()
        self._send(quiet=0.0)

    def _work(self) -> None:
        while not self._done.wait(self._interval):
            # A folder that changes underfoot, or an S3 that is away, is for the next round.
            with contextlib.suppress(OSError, BotoCoreError, ClientError):
                self._send(_QUIET_SECONDS)

    def _send(self, quiet: float) -> None:
        latest = time.time() - quiet
        stamps = {path: _stamp(path) for path in transfers.files_below(self._folder)}
        changed = [
            path
            for path, stamp in stamps.items()
            if self._sent.get(path) != stamp and (not quiet or stamp[0] / 1e9 <= latest)
        ]
        transfers.upload_files(self._client, self._folder, changed, self._uri)
        self._sent |= {path: stamps[path] for path in changed}
        # Last: what replaces a deleted file is there first.
        for path in self._sent.keys() - stamps.keys():
            bucket, key = transfers.parse_uri(transfers.join_uri(self._uri, path.relative_to(self._folder).as_posix()))
            self._client.delete_object(Bucket=bucket, Key=key)
            del self._sent[path]


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
