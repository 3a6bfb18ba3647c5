"""What becomes of a claimed drop, by its plan's route: a new route is one module beside this one and one line."""

from __future__ import annotations

from collections.abc import Callable

from functions.logic.forms import Route
from functions.logic.routes import archive, hub, rows, script
from functions.logic.routes.base import AskHub, Outcome, Prepared, Refused, Storage, Visit

__all__ = ["ROUTES", "AskHub", "Outcome", "Prepared", "Refused", "Storage", "Visit"]

ROUTES: dict[Route, Callable[[Visit], Outcome]] = {
    "rows": rows.prepare,
    "script": script.prepare,
    "archive": archive.prepare,
    "hub": hub.prepare,
}
