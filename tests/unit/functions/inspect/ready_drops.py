from __future__ import annotations

from typing import Any

from tests.unit.functions.drops import Desk


def ready(files: dict[str, bytes | str]) -> tuple[Desk, dict[str, Any]]:
    desk = Desk()
    seen = desk.inspect(files)
    assert seen["outcome"] == "ready", seen.get("problems")
    return desk, seen


def rows(desk: Desk, run: str, split: str) -> list[tuple[str, str]]:
    return [(row["text"], row["label"]) for row in desk.bucket.rows(run, split)]
