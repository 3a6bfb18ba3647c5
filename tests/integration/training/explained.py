"""What becomes of a failure file: FailureReason, the ledger, the notification, the API, in this process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from functions.adapters import clients
from functions.explain.explain import Explainer
from functions.notify.notify import notify
from localcloud.sagemaker.training.job_status import failure_reason
from tests.unit.functions.api.client import SETTINGS, Client
from tests.unit.functions.fakes import (
    STACK,
    AnsweringRuntime,
    MemoryAlarms,
    MemoryLedger,
    MemoryLogs,
    MemorySageMaker,
    MemoryStorage,
    Outbox,
)
from tests.unit.functions.fakes.prediction_queue import QueueingClient
from tests.unit.functions.specs import RUN


@dataclass(frozen=True)
class Explanation:
    """One failure as each reader meets it."""

    file: str
    reason: str
    record: dict[str, Any]
    notification: str
    answer: dict[str, Any]


def explained(
    output: Path, log: str, monkeypatch: pytest.MonkeyPatch, code: int = 1
) -> Explanation:
    """`log` is what the failed job printed; its failure file, if any, lies in the output folder."""
    ledger, sagemaker, outbox, file = (
        MemoryLedger(),
        MemorySageMaker(),
        Outbox(),
        output / "failure",
    )
    lines = log.splitlines()
    reason = failure_reason(file, code, lines[-30:], "python train.py")
    ledger.add(RUN, status="training", training={"job": "j"})
    sagemaker.add_job("j", "Failed", SecondaryStatus="Failed", FailureReason=reason)
    Explainer(ledger, sagemaker, MemoryLogs(lines), STACK, MemoryAlarms).explain(
        {"run": RUN, "step": "train"}
    )
    notify(RUN, ledger, outbox, "http://api")
    monkeypatch.setattr(clients, "ledger", lambda: ledger)
    monkeypatch.setattr(clients, "settings", lambda: SETTINGS)
    storage = MemoryStorage()
    client = Client(
        ledger, sagemaker, AnsweringRuntime(None), storage, QueueingClient(storage)
    )
    status, answer, _ = client("GET", "/runs/{run}", run=RUN)
    assert status == 200
    written = file.read_text("utf-8") if file.is_file() else ""
    return Explanation(
        written, reason, ledger.get_run(RUN).write(), outbox.messages[0].body, answer
    )
