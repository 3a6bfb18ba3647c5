from __future__ import annotations

import io

import pytest

from functions.explain.handler import explain
from tests.unit.functions.called import called
from tests.unit.functions.fakes import MemoryLedger, Outbox
from tests.unit.functions.specs import RUN


def test_logs_tell_names_and_numbers_but_no_contents(
    outbox: Outbox, ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.common.lambda_handler import logger  # noqa: PLC0415

    written = io.StringIO()
    monkeypatch.setattr(logger.handlers[0], "stream", written)
    ledger.add(RUN, status="training", training={"job": "j"})
    called(
        explain,
        run=RUN,
        step="train",
        error="ValueError",
        cause="the customer's secret text",
    )
    assert RUN in written.getvalue()
    assert "ValueError" in written.getvalue()
    assert "secret" not in written.getvalue()
