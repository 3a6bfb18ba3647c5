"""The drops of `cases/`, and what Inspect makes of one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.unit.functions.drops import Desk

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class InspectionResult:
    """A drop after Inspect: the run's record, and the rows of all splits as the job gets them."""

    record: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]

    @property
    def task(self) -> str:
        variant = self.record["data"]["variant"]
        return f"{self.record['task']}/{variant}" if variant else str(self.record["task"])

    @property
    def problems(self) -> list[Mapping[str, Any]]:
        return list(self.record.get("problems", []))

    @property
    def outcome(self) -> str:
        is_question = self.problems and all(problem.get("choices") for problem in self.problems)
        return "asked" if is_question else str(self.record["outcome"])

    @property
    def texts(self) -> str:
        """Everything its owner reads."""
        messages = [problem["message"] for problem in self.problems]
        reasons = self.record.get("data", {}).get("reasons", [])
        return "\n".join([*messages, *reasons, *self.record.get("warnings", [])])


def case_names() -> list[str]:
    return sorted(path.parent.name for path in CASES.glob("*/expected.json"))


def expected_of(name: str) -> dict[str, Any]:
    return dict(json.loads((CASES / name / "expected.json").read_text("utf-8")))


def inspected(name: str, settings: str | None = None) -> InspectionResult:
    """The case's drop, with `settings` as its traindrop.yaml where they are given."""
    files: dict[str, bytes | str] = dict(_files(CASES / name / "drop"))
    if settings is not None:
        files["traindrop.yaml"] = settings
    desk = Desk()
    record = desk.inspect(files)
    return InspectionResult(record, list(_rows(desk, record)))


def _rows(desk: Desk, record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    splits = record["data"]["rows"] if record["outcome"] == "ready" else {}
    for split in (split for split, count in splits.items() if count):
        yield from desk.bucket.rows(record["run"], split)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()
