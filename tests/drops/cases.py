"""The drops of `cases/`, and what Inspect makes of one."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.inspection import SETTINGS, CheckOutcome, CheckResult, inspect_files
from cli.local_drop import files_below
from functions.common.settings import Settings

CASES = Path(__file__).parent / "cases"


OUTCOMES = {CheckOutcome.REFUSED: "rejected"}
"""What a case calls an outcome where `traindrop check` calls it otherwise."""


@dataclass(frozen=True)
class InspectionResult:
    """A drop after Inspect: the run's record, and the rows of all splits as the job gets them."""

    result: CheckResult

    @property
    def record(self) -> Mapping[str, Any]:
        return self.result.record

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        rows: list[Mapping[str, Any]] = []
        for of_split in self.result.rows.values():
            rows += of_split
        return rows

    @property
    def task(self) -> str:
        variant = self.record["data"]["variant"]
        return (
            f"{self.record['task']}/{variant}" if variant else str(self.record["task"])
        )

    @property
    def problems(self) -> list[Mapping[str, Any]]:
        return list(self.result.problems)

    @property
    def outcome(self) -> str:
        return OUTCOMES.get(self.result.outcome, self.result.outcome)

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


def inspected(
    name: str, settings: str | None = None, stack: Settings = SETTINGS
) -> InspectionResult:
    """The case's drop, with `settings` as its traindrop.yaml where they are given."""
    files = files_below(CASES / name / "drop")
    with tempfile.TemporaryDirectory() as folder:
        if settings is not None:
            files["traindrop.yaml"] = Path(folder, "traindrop.yaml")
            files["traindrop.yaml"].write_text(settings, "utf-8")
            os.utime(files["traindrop.yaml"], (0, 0))  # it is in the fingerprint
        return InspectionResult(inspect_files(files, "reviews", settings=stack))
