"""A boto-shaped S3 with versions."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.chaos.faults import client_error

if TYPE_CHECKING:
    from tests.chaos.world import World

Answer = dict[str, Any]


@dataclass(frozen=True)
class Version:
    data: bytes
    version_id: str
    modified: datetime

    @property
    def etag(self) -> str:
        return hashlib.md5(self.data).hexdigest()


Objects = dict[str, list[Version]]
"""Key -> its versions, the newest last."""


@dataclass(frozen=True)
class Pages:
    """A paginator over one page."""

    ask: Callable[..., Answer]

    def paginate(self, **request: Any) -> Iterator[Answer]:
        yield self.ask(**request)


class FakeS3:
    """Every method is one call of the world."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def _objects(self) -> Objects:
        return self._world.state.objects

    def _call(self, operation: str, key: str, effect: Callable[[], Any]) -> Any:
        return self._world.call("s3", operation, key, effect)

    def _version(self, key: str, version_id: str | None = None) -> Version:
        versions = self._objects.get(key, [])
        matching = [v for v in versions if version_id in (None, v.version_id)]
        if not matching:
            raise client_error("NoSuchKey", "no such key", "GetObject", 404)
        return matching[-1]

    def get_object(
        self,
        Bucket: str,  # noqa: N803 - boto's own names, here and below
        Key: str,  # noqa: N803
        VersionId: str | None = None,  # noqa: N803
        Range: str = "",  # noqa: N803
    ) -> Any:
        def read() -> Answer:
            data = self._version(Key, VersionId).data
            if not Range:
                return {"Body": io.BytesIO(data)}
            first, last = (int(n) for n in Range.removeprefix("bytes=").split("-"))
            if first >= len(data):
                raise client_error("InvalidRange", "no such range", "GetObject", 416)
            return {
                "Body": io.BytesIO(data[first : last + 1]),
                "ContentRange": f"bytes {first}-{last}/{len(data)}",
            }

        return self._call("GetObject", Key, read)

    def put_object(self, Bucket: str, Key: str, Body: bytes, ContentType: str) -> Any:  # noqa: N803
        def put() -> Answer:
            self._world.put(Key, Body)
            return {"VersionId": self._version(Key).version_id}

        return self._call("PutObject", Key, put)

    def upload_file(self, path: str, bucket: str, key: str) -> None:
        data = Path(path).read_bytes()
        self._call("PutObject", key, lambda: self._world.put(key, data))

    def head_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803
        def head() -> Answer:
            version = self._version(Key)
            return {
                "ETag": f'"{version.etag}"',
                "VersionId": version.version_id,
                "ContentLength": len(version.data),
            }

        return self._call("HeadObject", Key, head)

    def copy(
        self,
        source: dict[str, str],
        bucket: str,
        target: str,
        ExtraArgs: Answer,  # noqa: N803
    ) -> None:
        def copy() -> None:
            data = self._version(source["Key"], source["VersionId"]).data
            self._world.put(target, data)

        self._call("CopyObject", target, copy)

    def get_paginator(self, operation: str) -> Pages:
        assert operation == "list_object_versions"
        return Pages(self._list)

    def _list(self, Bucket: str, Prefix: str) -> Answer:  # noqa: N803
        def versions() -> Answer:
            keys = [key for key in sorted(self._objects) if key.startswith(Prefix)]
            entries = [entry for key in keys for entry in self._entries(key)]
            return {"Versions": entries}

        answer: Answer = self._call("ListObjectVersions", Prefix, versions)
        return answer

    def _entries(self, key: str) -> list[Answer]:
        versions = self._objects[key]
        return [
            {
                "Key": key,
                "Size": len(version.data),
                "ETag": f'"{version.etag}"',
                "VersionId": version.version_id,
                "LastModified": version.modified,
                "IsLatest": version is versions[-1],
            }
            for version in versions
        ]

    def delete_objects(self, Bucket: str, Delete: Answer) -> Any:  # noqa: N803
        def delete() -> Answer:
            for item in Delete["Objects"]:
                versions = self._objects.get(item["Key"], [])
                left = [v for v in versions if v.version_id != item["VersionId"]]
                if left:
                    self._objects[item["Key"]] = left
                else:
                    self._objects.pop(item["Key"], None)
            return {}

        first = Delete["Objects"][0]["Key"]
        return self._call("DeleteObjects", first, delete)


def object_created(bucket: str, key: str) -> dict[str, Any]:
    """EventBridge's event of an upload."""
    return {"detail": {"bucket": {"name": bucket}, "object": {"key": key}}}
