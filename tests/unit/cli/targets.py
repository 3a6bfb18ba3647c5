"""A deployed Traindrop in memory: the API's own handler, and a bucket that starts runs as the stack would."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli.targets import Target
from tests.unit.traindrop.api_transport import URL, transport
from traindrop import Client

BUCKET = "data"
UPLOADED = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@dataclass
class MemoryS3:
    """The calls of boto3's client that the command makes; `on_change` is called after each upload."""

    objects: dict[str, bytes] = field(default_factory=dict)
    on_change: Callable[[], None] = lambda: None
    calls: list[str] = field(default_factory=list)

    def get_paginator(self, operation: str) -> MemoryS3:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, Bucket: str, Prefix: str) -> Iterator[Mapping[str, Any]]:  # noqa: N803
        assert Bucket == BUCKET
        keys = [key for key in sorted(self.objects) if key.startswith(Prefix)]
        yield {"Contents": [self._described(key) for key in keys]} if keys else {}

    def _described(self, key: str) -> dict[str, Any]:
        body = self.objects[key]
        return {
            "Key": key,
            "Size": len(body),
            "ETag": f'"{hashlib.md5(body).hexdigest()}"',
            "LastModified": UPLOADED,
        }

    def upload_file(
        self,
        path: str,
        bucket: str,
        key: str,
        Callback: Callable[[int], None],  # noqa: N803
    ) -> None:
        self.calls.append(f"put {key}")
        self.objects[key] = Path(path).read_bytes()
        Callback(len(self.objects[key]))
        self.on_change()

    def download_file(self, bucket: str, key: str, path: str) -> None:
        Path(path).write_bytes(self.objects[key])

    def delete_objects(self, Bucket: str, Delete: Mapping[str, Any]) -> None:  # noqa: N803
        for item in Delete["Objects"]:
            self.calls.append(f"delete {item['Key']}")
            del self.objects[item["Key"]]


@dataclass(frozen=True)
class MemoryTarget(Target):
    clients: Mapping[str, Any] = field(default_factory=dict)

    def api(self) -> Client:
        return Client(self.url, self.key, wait_seconds=0, transport=transport())

    def aws(self, service: str) -> Any:
        return self.clients[service]


def memory_target(**clients: Any) -> MemoryTarget:
    return MemoryTarget("a test's stack", URL, "the-key", BUCKET, clients=clients)
