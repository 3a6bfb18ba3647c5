"""Real model archives, whole ones and broken ones, made on the spot."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

CONFIG = json.dumps(
    {
        "architectures": ["BertForSequenceClassification"],
        "id2label": {"0": "bad", "1": "good"},
    }
)
WHOLE: dict[str, bytes | str] = {
    "config.json": CONFIG,
    "model.safetensors": b"\0" * 20_000,
    "tokenizer.json": "{}",
}
"""A model's files as far as Inspect looks at them."""


def pack(
    files: Mapping[str, bytes | str], links: Sequence[tarfile.TarInfo] = ()
) -> bytes:
    """`model.tar.gz` with these names as they are, whatever they are."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for link in links:
            archive.addfile(link)
    return stream.getvalue()


def pack_folder(folder: Path, arcname: str = ".") -> bytes:
    """As `tar -C <folder> -czf model.tar.gz .` does it: names begin with `./`."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        archive.add(folder, arcname)
    return stream.getvalue()


def unpack(content: bytes, folder: Path) -> Path:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def names(content: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return archive.getnames()


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def with_flipped_byte(content: bytes) -> bytes:
    """The weights damaged on the way, with a checksum that tells it: stored, not compressed, so that it unpacks."""
    stored = bytearray(gzip.compress(gzip.decompress(content), 0, mtime=0))
    stored[len(stored) // 2] ^= 1
    return bytes(stored)
