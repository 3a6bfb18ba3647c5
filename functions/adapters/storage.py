"""The data bucket. Objects are read in ranges of one version, so that a long read survives a dropped connection."""

from __future__ import annotations

import builtins
import contextlib
import io
import json
from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

from botocore.exceptions import (
    ClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from contracts.documents import Record
from contracts.stored_version import StoredVersion
from functions.adapters.errors import translated
from functions.common.drop import StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

__all__ = ["Storage", "StoredObject"]

R = TypeVar("R", bound=Record)
BLOCK = 8 * 2**20
READ_ATTEMPTS = 4
_MISSING = frozenset({"404", "NoSuchKey", "NoSuchVersion", "NotFound"})


class ChangedObjectError(RuntimeError):
    """An object is not what the ledger says that it is."""

    def __init__(self, recorded: StoredVersion, actual: str) -> None:
        super().__init__(
            f"{recorded.key}: expected version {recorded.version_id!r} as the ledger has it; found {actual}. "
            "Find out who may write to the data bucket, then upload the drop again."
        )


@translated
class Storage:
    """The only way to the bucket."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self.bucket = bucket

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def read_bytes(self, key: str, version_id: str = "") -> bytes:
        request: dict[str, Any] = {"Bucket": self.bucket, "Key": key}
        if version_id:
            request["VersionId"] = version_id
        return self._client.get_object(**request)["Body"].read()

    def read_range(self, key: str, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`, of which there is at least one."""
        answer = self._client.get_object(
            Bucket=self.bucket, Key=key, Range=f"bytes={start}-{end - 1}"
        )
        return answer["Body"].read()

    def read_json(self, key: str) -> Any:
        return json.loads(self.read_bytes(key))

    def read_document(self, key: str, document: type[R]) -> R:
        """A document of `contracts`. Raises `ContractError` where it is not one."""
        return document.read(self.read_json(key))

    def read_recorded(self, recorded: StoredVersion, document: type[R]) -> R:
        """A document as the ledger knows it. Raises `ChangedObjectError` where its bytes are others."""
        data = self.read_bytes(recorded.key, recorded.version_id)
        if not recorded.holds(data):
            raise ChangedObjectError(recorded, f"{len(data)} other bytes")
        return document.read(json.loads(data))

    def put_bytes(
        self, key: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> str:
        """The id of the new version."""
        answer = self._client.put_object(
            Bucket=self.bucket, Key=key, Body=data, ContentType=content_type
        )
        return answer.get("VersionId", "")

    def write_json(self, key: str, value: Any) -> StoredVersion:
        data = json.dumps(value, ensure_ascii=False, indent=2).encode()
        return StoredVersion.of(
            key, data, self.put_bytes(key, data, "application/json")
        )

    def upload_file(self, path: Path, key: str) -> None:
        """Uploads a file of any size, in parts where it is large."""
        self._client.upload_file(str(path), self.bucket, key)

    def copy(self, key: str, version_id: str, target: str) -> None:
        """Copies one version of an object of any size within the bucket, without its passing through here."""
        source = {"Bucket": self.bucket, "Key": key, "VersionId": version_id}
        # Without the tags: copying those would need permissions of its own.
        self._client.copy(
            cast(Any, source),
            self.bucket,
            target,
            ExtraArgs={"TaggingDirective": "REPLACE"},
        )

    def exists(self, key: str) -> bool:
        return self.find(key) is not None

    def find(self, key: str) -> StoredVersion | None:
        """The current version of an object, without its digest; None where there is none."""
        try:
            head = self._client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return None
            raise
        return StoredVersion(
            key=key,
            version_id=head.get("VersionId", ""),
            size=head.get("ContentLength", 0),
            etag=head.get("ETag", "").strip('"'),
        )

    def require_unchanged(self, recorded: StoredVersion) -> None:
        """Raises `ChangedObjectError` where the current version of an object is not the recorded one."""
        current = self.find(recorded.key)
        if current is None:
            raise ChangedObjectError(recorded, "none")
        if current != recorded:
            raise ChangedObjectError(recorded, repr(current.version_id))

    def list(self, prefix: str) -> list[StoredObject]:
        """The current versions under a prefix; one request a thousand versions, deleted objects left out."""
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self.bucket, Prefix=prefix
        )
        objects = []
        for page in pages:
            for version in page.get("Versions", []):
                if version["IsLatest"]:
                    objects.append(_stored_object(version))
        return objects

    def open(self, key: str, version_id: str = "") -> BinaryIO:
        """One version of an object as a buffered stream; of memory it takes one range."""
        return io.BufferedReader(
            _ObjectReader(self._client, self.bucket, key, version_id), 2**17
        )

    def mark_deleted(self, key: str) -> None:
        """Removes an object from listings; the bucket keeps its versions."""
        self._client.delete_object(Bucket=self.bucket, Key=key)

    def delete_object(self, key: str) -> int:
        """Removes every version of one object; returns how many that were."""
        return self._delete(key, lambda item: item == key)

    def delete_prefix(self, prefix: str, kept: Container[str] = ()) -> int:
        """Removes every version of everything under a prefix but `kept` keys; returns how many versions that were."""
        return self._delete(prefix, lambda item: item not in kept)

    def _delete(self, prefix: str, is_wanted: Callable[[str], bool]) -> int:
        removed = 0
        for page in self._versions(prefix):
            batch = [item for item in page if is_wanted(item["Key"])]
            if not batch:
                continue
            answer = self._client.delete_objects(
                Bucket=self.bucket, Delete=cast(Any, {"Objects": batch, "Quiet": True})
            )
            if errors := answer.get("Errors"):
                raise ClientError(cast(Any, {"Error": errors[0]}), "DeleteObjects")
            removed += len(batch)
        return removed

    def _versions(self, prefix: str) -> Iterator[builtins.list[dict[str, str]]]:
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self.bucket, Prefix=prefix
        )
        for page in pages:
            versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if versions:
                yield [
                    {"Key": item["Key"], "VersionId": item["VersionId"]}
                    for item in versions
                ]


@translated
class _ObjectReader(io.RawIOBase):
    """Reads an object front to back, a range at a time."""

    def __init__(
        self, client: S3Client, bucket: str, key: str, version_id: str
    ) -> None:
        self._client = client
        self._request: dict[str, Any] = {"Bucket": bucket, "Key": key}
        if version_id:
            self._request["VersionId"] = version_id
        self._size: int | None = None
        self._position = 0
        self._block = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._block:
            self._block = memoryview(self._fetch())
        count = min(len(buffer), len(self._block))
        buffer[:count] = self._block[:count]
        self._block = self._block[count:]
        return count

    def _fetch(self) -> bytes:
        if self._size is not None and self._position >= self._size:
            return b""
        for _ in range(READ_ATTEMPTS - 1):
            with contextlib.suppress(
                IncompleteReadError, ReadTimeoutError, ResponseStreamingError
            ):
                return self._fetch_once()
        return self._fetch_once()

    def _fetch_once(self) -> bytes:
        wanted = f"bytes={self._position}-{self._position + BLOCK - 1}"
        try:
            answer = self._client.get_object(**self._request, Range=wanted)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"InvalidRange", "416"}:
                return b""
            raise
        block = answer["Body"].read()
        self._size = int(
            answer.get("ContentRange", f"/{len(block)}").rpartition("/")[2]
        )
        self._position += len(block)
        return block


def _stored_object(version: Mapping[str, Any]) -> StoredObject:
    """Of a version in the answer of ListObjectVersions."""
    return StoredObject(
        version["Key"],
        version["Size"],
        version["ETag"].strip('"'),
        version["VersionId"],
        version["LastModified"],
    )
