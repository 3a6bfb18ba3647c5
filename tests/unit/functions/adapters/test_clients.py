from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from functions.adapters import clients
from tests.unit.functions.fakes import STACK

MADE = (
    "settings",
    "session",
    "ledger",
    "arrivals",
    "storage",
    "sagemaker",
    "runtime",
    "patient_runtime",
    "logs",
    "notifications",
    "workflow",
)


@pytest.fixture
def fresh_wiring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    environment = {
        "STACK": STACK,
        "DATA_BUCKET": "data",
        "LEDGER_TABLE": "table",
        "STATE_MACHINE_ARN": "arn:aws:states:eu-central-1:1:stateMachine:flow",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    monkeypatch.delenv("AWS_REGION", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    factories: list[Any] = [getattr(clients, name) for name in MADE]
    for factory in factories:
        factory.cache_clear()
    yield
    for factory in factories:
        factory.cache_clear()


@pytest.mark.usefixtures("fresh_wiring")
def test_the_wiring_makes_every_adapter_once() -> None:
    for name in MADE:
        factory = getattr(clients, name)
        assert factory() is factory()
    assert clients.region() == "eu-central-1"
    assert clients.settings().stack == STACK
