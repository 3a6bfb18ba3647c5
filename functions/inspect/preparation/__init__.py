"""How a claimed drop is prepared, by its kind. A new kind is one module beside this one and one line."""

from __future__ import annotations

from collections.abc import Callable

from functions.inspect.layouts import Route
from functions.inspect.preparation import archive, hub, rows, script
from functions.inspect.preparation.base import (
    InspectionContext,
    LookUpInHub,
    PreparationResult,
    PreparedRun,
    Rejection,
    ShardedDrop,
    Storage,
)

__all__ = [
    "PREPARATIONS",
    "InspectionContext",
    "LookUpInHub",
    "PreparationResult",
    "PreparedRun",
    "Rejection",
    "ShardedDrop",
    "Storage",
]

PREPARATIONS: dict[Route, Callable[[InspectionContext], PreparationResult]] = {
    "rows": rows.prepare,
    "script": script.prepare,
    "archive": archive.prepare,
    "hub": hub.prepare,
}
