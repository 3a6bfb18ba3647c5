"""All that lasts in a world, and a copy of it to begin another one from."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.chaos.s3 import Objects
from tests.chaos.table import Items
from tests.chaos.things import Things


@dataclass
class ExecutionRecord:
    """An execution as Step Functions keeps it."""

    arn: str
    event: dict[str, Any]
    status: str = "RUNNING"
    error: str = ""

    def description(self) -> dict[str, Any]:
        description = {
            "executionArn": self.arn,
            "status": self.status,
            "input": json.dumps(self.event),
        }
        return description | ({"error": self.error} if self.error else {})


@dataclass
class State:
    """All that lasts, but for the ledger's table. `time` is in seconds since the start."""

    time: float = 0.0
    versions: int = 0
    objects: Objects = field(default_factory=dict)
    things: Things = field(default_factory=Things)
    mails: list[tuple[str, str]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, datetime]] = field(default_factory=list)
    """Variants that answered, and when."""
    alarms: set[str] = field(default_factory=set)
    """Names of CloudWatch's alarms."""
    log_streams: set[str] = field(default_factory=set)
    """Of training jobs."""
    executions: dict[str, ExecutionRecord] = field(default_factory=dict)
    queue: list[dict[str, Any]] = field(default_factory=list)
    """Messages for Arrive that were not taken yet."""
    lost: list[dict[str, Any]] = field(default_factory=list)
    """Those that it could not take, again and again."""


@dataclass(frozen=True)
class Snapshot:
    state: State
    items: Items
