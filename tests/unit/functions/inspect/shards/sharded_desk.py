"""A drop inspected twice: in one function, and in shards of one file each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from contracts.outcomes import InspectOutcome
from functions.inspect.sharded_inspection import ShardedInspection
from tests.unit.functions.drops import SETTINGS, Desk

SHARDED = replace(SETTINGS, parallel_inspect_mb=1e-9)
"""Every file is a shard."""


@dataclass(frozen=True)
class DropResult:
    """A run's record, and what lies in the bucket for its job."""

    desk: Desk
    record: Mapping[str, Any]

    @property
    def documents(self) -> dict[str, Any]:
        """All that a run leaves but for times."""
        record = {**self.record, "shards": 0}
        data = {**record.get("data", {})}
        if "profile" in data:
            data["profile"] = {**data["profile"], "seconds": 0}
        documents: dict[str, Any] = {"record": record | {"data": data}}
        if self.record["outcome"] == "ready":
            spec = self.desk.bucket.document(self.record["run"], "spec.json")
            profile = self.desk.bucket.document(self.record["run"], "profile.json")
            for name in ("seconds", "bytes_per_second", "rows_per_second"):
                profile.pop(name)
            documents |= {"spec": spec, "profile": profile}
        return documents

    @property
    def channels(self) -> dict[str, bytes]:
        """Files of the job's channels, those of a table joined: `train/rows.jsonl`."""
        prefix = f"runs/{self.record['run']}/data/"
        files: dict[str, bytes] = {}
        for key in sorted(self.desk.bucket.objects):
            if key.startswith(prefix):
                stem, _, ending = key.removeprefix(prefix).rpartition(".")
                name = f"{stem.partition('-')[0]}.{ending}"
                files[name] = files.get(name, b"") + self.desk.bucket.objects[key]
        return files


def inspected(files: dict[str, bytes | str]) -> DropResult:
    desk = Desk()
    return DropResult(desk, desk.inspect(files))


def inspected_in_shards(files: dict[str, bytes | str]) -> DropResult:
    desk = Desk(settings=SHARDED)
    answer = desk.inspect(files)
    if answer["outcome"] == InspectOutcome.SHARDED:
        sharded = ShardedInspection(desk.inspection)
        answer |= sharded.take_all(answer["run"], answer["shards"])
    return DropResult(desk, answer | desk.ledger.run_records[answer["run"]])
