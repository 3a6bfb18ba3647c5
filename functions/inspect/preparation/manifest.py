"""Which files of a drop are checked together: what every step of a sharded inspection starts from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts import locations
from contracts.documents import Record
from functions.common.drop import DropFile, StoredObject
from functions.inspect.layouts import Plan
from functions.inspect.rows.drop_size import text_size


@dataclass(frozen=True, kw_only=True)
class ManifestFile(Record):
    name: str
    key: str
    size: int
    etag: str
    version_id: str
    last_modified: str

    @classmethod
    def of(cls, file: DropFile) -> ManifestFile:
        stored = file.stored
        return cls(
            name=file.name,
            key=stored.key,
            size=stored.size,
            etag=stored.etag,
            version_id=stored.version_id,
            last_modified=stored.last_modified.isoformat(),
        )

    @property
    def drop_file(self) -> DropFile:
        uploaded = datetime.fromisoformat(self.last_modified)
        stored = StoredObject(self.key, self.size, self.etag, self.version_id, uploaded)
        return DropFile(self.name, stored)


@dataclass(frozen=True, kw_only=True)
class Shard(Record):
    """Tables `start` to `end` (exclusive) of a split, in the order of the plan."""

    split: str
    start: int
    end: int

    def files(self, plan: Plan) -> Sequence[DropFile]:
        return plan.splits[self.split][self.start : self.end]


@dataclass(frozen=True, kw_only=True)
class Manifest(Record):
    """The claimed files of a drop, settings and code included, and its shards."""

    model: str
    files: tuple[ManifestFile, ...]
    shards: tuple[Shard, ...]
    split_column: str = ""
    """The column that names the split of each row: each split has shards of all files then."""

    @property
    def drop_files(self) -> list[DropFile]:
        return [file.drop_file for file in self.files]


def shards_of(plan: Plan, most_bytes: float) -> tuple[Shard, ...]:
    """Files that follow one another, of one split and at most so many bytes together; a larger one alone."""
    return tuple(
        shard
        for split, files in plan.splits.items()
        for shard in _shards_of_split(split, files, most_bytes)
    )


def _shards_of_split(
    split: str, files: Sequence[DropFile], most_bytes: float
) -> Iterator[Shard]:
    start = size = 0
    for place, file in enumerate(files):
        if place > start and size + text_size(file) > most_bytes:
            yield Shard(split=split, start=start, end=place)
            start, size = place, 0
        size += text_size(file)
    yield Shard(split=split, start=start, end=len(files))


def shards_prefix(run: str) -> str:
    """What the steps leave for one another; a lifecycle rule removes it."""
    return f"{locations.run_prefix(run)}shards/"


def manifest_key(run: str) -> str:
    return f"{shards_prefix(run)}manifest.json"


def shard_key(run: str, shard: int, name: str) -> str:
    return f"{shards_prefix(run)}{shard:05}/{name}"
