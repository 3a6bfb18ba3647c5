from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.unit.functions.drops import SETTINGS, Desk


def ready(
    files: dict[str, bytes | str], **settings: Any
) -> tuple[Desk, dict[str, Any]]:
    """`settings` are fields of the stack's `Settings`."""
    desk = Desk(replace(SETTINGS, **settings))
    seen = desk.inspect(files)
    assert seen["outcome"] == "ready", seen.get("problems")
    return desk, seen


def rows(desk: Desk, run: str, split: str) -> list[tuple[str, str]]:
    return [(row["text"], row["label"]) for row in desk.bucket.rows(run, split)]
