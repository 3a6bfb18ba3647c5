"""The state machine's executions in memory."""

from __future__ import annotations

from typing import Any

from functions.adapters.workflow import Execution, Workflow

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:workflow"


class MemoryWorkflow(Workflow):
    def __init__(self) -> None:
        self._machine = MACHINE
        self.statuses: dict[str, str] = {}
        self.errors: dict[str, str] = {}
        self.started: dict[str, dict[str, Any]] = {}

    def find(self, execution: str) -> Execution | None:
        """Started executions are known by their names."""
        name = execution.rpartition(":")[2]
        status = self.statuses.get(name)
        if status is None:
            return None
        return Execution(status, self.started.get(name, {}), self.errors.get(name, ""))

    def start(self, name: str, event: dict[str, Any]) -> bool:
        if name in self.started:
            return self.statuses[name] == "RUNNING" and self.started[name] == event
        self.started[name] = event
        self.statuses[name] = "RUNNING"
        return True

    def stop(self, execution: str) -> None:
        name = execution.rpartition(":")[2]
        if self.statuses.get(name) == "RUNNING":
            self.statuses[name] = "ABORTED"

    def end_all(self, status: str) -> None:
        self.statuses = dict.fromkeys(self.statuses, status)
