"""The adapters in memory, a module each. They subclass the real ones, so that the type checker keeps their shape."""

from __future__ import annotations

from tests.unit.functions.fakes.alarms import MemoryAlarms
from tests.unit.functions.fakes.arrivals import arrivals, batches, cost_book, leases
from tests.unit.functions.fakes.clock import NOW, STACK, STAMP, now
from tests.unit.functions.fakes.ledger import MemoryLedger
from tests.unit.functions.fakes.logs import MemoryLogs
from tests.unit.functions.fakes.notifications import Outbox
from tests.unit.functions.fakes.runtime import AnsweringRuntime
from tests.unit.functions.fakes.sagemaker import MemorySageMaker
from tests.unit.functions.fakes.storage import MemoryStorage
from tests.unit.functions.fakes.usage import CountedUsage
from tests.unit.functions.fakes.workflow import MemoryWorkflow

__all__ = [
    "NOW",
    "STACK",
    "STAMP",
    "AnsweringRuntime",
    "CountedUsage",
    "MemoryAlarms",
    "MemoryLedger",
    "MemoryLogs",
    "MemorySageMaker",
    "MemoryStorage",
    "MemoryWorkflow",
    "Outbox",
    "arrivals",
    "batches",
    "cost_book",
    "leases",
    "now",
]
