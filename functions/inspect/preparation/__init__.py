"""What becomes of a claimed drop, by its plan's route: a new route is one module beside this one and one line."""

from __future__ import annotations

from collections.abc import Callable

from functions.inspect.layouts import Route
from functions.inspect.preparation import archive, hub, rows, script
from functions.inspect.preparation.base import AskHub, Outcome, Prepared, Refused, Storage, Visit

__all__ = ["ROUTES", "AskHub", "Outcome", "Prepared", "Refused", "Storage", "Visit"]

ROUTES: dict[Route, Callable[[Visit], Outcome]] = {
    "rows": rows.prepare,
    "script": script.prepare,
    "archive": archive.prepare,
    "hub": hub.prepare,
}
