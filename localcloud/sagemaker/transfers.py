"""What S3 is needed for: folders and files to and from prefixes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from boto3.s3.transfer import TransferConfig

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_WORKERS = 8
_Item = TypeVar("_Item")
_TRANSFER = TransferConfig(multipart_threshold=512 * 1024 * 1024, use_threads=False)
"""One stream a file: on loopback, parts cost more than they bring."""


class UnsafeKeyError(ValueError):
    """An object's key would be written outside the folder it is downloaded to."""


def parse_uri(uri: str) -> tuple[str, str]:
    """`s3://bucket/key` -> bucket, key."""
    if not uri.startswith("s3://"):
        raise ValueError(f"expected an address like s3://bucket/key, found {uri!r}")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def join_uri(base: str, *parts: str) -> str:
    return "/".join((base.rstrip("/"), *parts))


def keys_under(client: S3Client, bucket: str, prefix: str) -> Iterator[str]:
    """Keys that start with `prefix`, folder markers left out."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            if not item["Key"].endswith("/"):
                yield item["Key"]


def relative_path(prefix: str, key: str) -> str:
    """Where SageMaker puts `key` when the channel's address is `prefix`.

    A whole folder keeps the layout below it; a prefix that ends within a name keeps the layout below its last slash.
    """
    folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    if key.startswith(folder):
        return key[len(folder) :]
    return key[prefix.rfind("/") + 1 :]


def download_prefix(client: S3Client, uri: str, folder: Path) -> int:
    """Every object under `uri` into `folder`; how many there were."""
    bucket, prefix = parse_uri(uri)
    found = [(key, relative_path(prefix, key)) for key in keys_under(client, bucket, prefix)]
    download_keys(client, bucket, found, folder)
    return len(found)


def download_manifest(client: S3Client, uri: str, folder: Path) -> int:
    """The objects a `ManifestFile` lists: `[{"prefix": "s3://bucket/p/"}, "relative/key", …]`."""
    bucket, key = parse_uri(uri)
    first, *names = json.loads(client.get_object(Bucket=bucket, Key=key)["Body"].read())
    source, prefix = parse_uri(first["prefix"])
    download_keys(client, source, [(prefix + name, name) for name in names], folder)
    return len(names)


def download_keys(client: S3Client, bucket: str, pairs: list[tuple[str, str]], folder: Path) -> None:
    """Objects by (key, path below `folder`)."""
    targets = [(key, _inside(folder, path)) for key, path in pairs]
    for parent in {target.parent for _, target in targets}:
        parent.mkdir(parents=True, exist_ok=True)
    _each(targets, lambda pair: client.download_file(bucket, pair[0], str(pair[1]), Config=_TRANSFER))


def download_file(client: S3Client, uri: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    client.download_file(*parse_uri(uri), str(target), Config=_TRANSFER)


def upload_file(client: S3Client, source: Path, uri: str) -> None:
    client.upload_file(str(source), *parse_uri(uri), Config=_TRANSFER)


def upload_files(client: S3Client, folder: Path, files: list[Path], uri: str) -> None:
    """Files of `folder`, under `uri` with their relative layout."""
    _each(files, lambda path: upload_file(client, path, join_uri(uri, path.relative_to(folder).as_posix())))


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _inside(folder: Path, path: str) -> Path:
    target = (folder / path).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise UnsafeKeyError(f"the object {path!r} would be written outside its channel; rename it without '..'.")
    return target


def _each(items: list[_Item], act: Callable[[_Item], object]) -> None:
    if len(items) == 1:
        act(items[0])
    elif items:
        with ThreadPoolExecutor(min(_WORKERS, len(items))) as pool:
            list(pool.map(act, items))
