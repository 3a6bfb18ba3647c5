"""The state machine's executions in memory."""

from __future__ import annotations

from typing import Any

from functions.adapters.workflow import Workflow


class MemoryWorkflow(Workflow):
    def __init__(self) -> None:
        self.statuses: dict[str, str] = {}
        self.started: dict[str, dict[str, Any]] = {}

    def status(self, execution: str) -> str | None:
        return self.statuses.get(execution)

    def start(self, name: str, event: dict[str, Any]) -> bool:
        if name in self.started:
            return self.statuses[name] == "RUNNING" and self.started[name] == event
        self.started[name] = event
        self.statuses[name] = "RUNNING"
        return True

    def end_all(self, status: str) -> None:
        self.statuses = dict.fromkeys(self.statuses, status)
