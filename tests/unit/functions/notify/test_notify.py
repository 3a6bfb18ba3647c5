from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.run_record import RunStatus
from contracts.spec import Gate
from functions.adapters.errors import RefusedError, TransientError
from functions.judge import gate
from functions.notify.notify import notify
from tests.unit.functions.fakes import NOW, STAMP, MemoryLedger, Outbox, now
from tests.unit.functions.notify.kept import API, KEPT
from tests.unit.functions.specs import RUN, evaluation_object


def test_a_live_run_is_told_with_numbers_and_a_call(ledger: MemoryLedger) -> None:
    outbox = Outbox()
    ledger.add(
        RUN,
        model="film reviews",
        status="live",
        task="text-classification",
        evaluation=KEPT,
    )
    assert notify(RUN, ledger, outbox, API) == {"outcome": "notified"}
    message = outbox.messages[0]
    assert message.subject == "Traindrop: film reviews is live"
    assert "  this model: accuracy 0.8000" in message.body
    assert "  trivial baseline (most frequent label): accuracy 0.5000" in message.body
    assert f"curl -X POST {API}/models/film%20reviews/predict" in message.body
    assert outbox.details == [
        {
            "run": RUN,
            "model": "film reviews",
            "status": "live",
            "task": "text-classification",
            "metric": "accuracy",
            "value": 0.8,
        }
    ]


class UnreliableLedger(MemoryLedger):
    """Every other mark fails."""

    def __init__(self) -> None:
        super().__init__()
        self.tries: list[str] = []
        """Shared with the ledgers that are fenced."""

    def record(self, run: str, status: RunStatus | None = None, **fields: Any) -> None:
        if fields:
            self.tries.append(run)
            if len(self.tries) % 2:
                raise TransientError("throttled")
        super().record(run, status, **fields)


def test_what_was_sent_is_marked_though_a_write_fails() -> None:
    ledger, outbox = UnreliableLedger(), Outbox()
    ledger.add(RUN, status="live")
    with pytest.raises(TransientError):
        notify(RUN, ledger, outbox, API)
    notify(RUN, ledger, outbox, API)
    assert (len(outbox.messages), len(outbox.details)) == (1, 1)


class ClosedLedger(MemoryLedger):
    """Every write is denied."""

    def record(self, run: str, status: RunStatus | None = None, **fields: Any) -> None:
        raise RefusedError("AccessDeniedException")


def test_nothing_is_sent_that_could_not_be_marked() -> None:
    ledger, outbox = ClosedLedger(), Outbox()
    ledger.add(RUN, status="live")
    for _ in range(3):
        with pytest.raises(RefusedError):
            notify(RUN, ledger, outbox, API)
    assert (outbox.messages, outbox.details) == ([], [])


def test_an_ending_is_told_once(ledger: MemoryLedger) -> None:
    outbox = Outbox()
    ledger.add(
        RUN,
        status="failed",
        failure={"step": "train", "cause": "c", "remedy": "r", "log_tail": []},
    )
    notify(RUN, ledger, outbox, API)
    notify(RUN, ledger, outbox, API)
    assert (len(outbox.messages), len(outbox.details)) == (1, 1)


@pytest.mark.parametrize("refused", ["publish", "announce"])
def test_what_one_of_the_two_refuses_is_told_later_and_nothing_twice(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    outbox = Outbox()
    ledger.add(RUN, status="live", ended_at=STAMP)
    monkeypatch.setattr(outbox, refused, _refuse)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="refused"):
            notify(RUN, ledger, outbox, API, now)
    assert ledger.get_run(RUN).notified is None
    monkeypatch.undo()
    notify(RUN, ledger, outbox, API, now)
    assert (len(outbox.messages), len(outbox.details)) == (1, 1)
    assert ledger.get_run(RUN).notified is RunStatus.LIVE


def test_what_could_not_be_told_for_a_day_is_given_up(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = Outbox()
    ledger.add(RUN, status="live", ended_at=STAMP)
    monkeypatch.setattr(outbox, "announce", _refuse)
    notify(RUN, ledger, outbox, API, lambda: NOW + timedelta(hours=25))
    record = ledger.get_run(RUN)
    assert (record.notified, record.announced) == (RunStatus.LIVE, None)
    assert len(outbox.messages) == 1


def test_a_run_that_has_not_ended_is_not_told_of(ledger: MemoryLedger) -> None:
    outbox = Outbox()
    ledger.add(RUN, status="verifying")
    notify(RUN, ledger, outbox, API)
    assert (outbox.messages, outbox.details) == ([], [])


def _refuse(*_: object) -> None:
    raise RuntimeError("refused")


def test_a_run_of_a_users_own_script_is_told_without_numbers(
    ledger: MemoryLedger,
) -> None:
    judged = evaluation_object(metric="", rows=0, model={}, baselines={}, labels=None)
    rule = Gate()
    kept = gate.summary(judged, rule, gate.decide(judged, rule))
    outbox = Outbox()
    ledger.add(
        RUN,
        status="live",
        task="",
        evaluation=kept,
        hooks=["transform_fn"],
        example={"reviews": ["fine"]},
    )
    notify(RUN, ledger, outbox, API)
    text = outbox.messages[0].body
    assert (
        "code/train.py trained it: there is no baseline of Traindrop's to compare it with."
        in text
    )
    assert """-d '{"reviews": ["fine"]}'""" in text
    assert "held-out rows" not in text


def test_a_deployed_archive_is_told_by_a_call_alone(ledger: MemoryLedger) -> None:
    outbox = Outbox()
    ledger.add(RUN, status="live", task="fill-mask")
    notify(RUN, ledger, outbox, API)
    assert f"curl -X POST {API}/models/reviews/predict" in outbox.messages[0].body
