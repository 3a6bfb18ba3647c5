from __future__ import annotations

from contracts.drift import AnswerStatistics
from functions.sweep.drift_watch import DriftWatch
from tests.unit.functions.fakes import MemoryLedger, Outbox, now
from tests.unit.functions.fakes.answer_counts import MemoryAnswerCounts

RUN = "reviews-1"
LONG = AnswerStatistics(texts=400, long_texts=100)


def watch(ledger: MemoryLedger, seen: AnswerStatistics) -> tuple[DriftWatch, Outbox]:
    counts, outbox = MemoryAnswerCounts(), Outbox()
    counts.add("reviews", RUN, seen)
    return DriftWatch(ledger, counts, outbox, "https://api", now), outbox


def test_what_has_changed_is_mailed_once_and_stands_with_the_model(
    ledger: MemoryLedger,
) -> None:
    ledger.add(RUN, status="live")
    looking, outbox = watch(ledger, LONG)
    assert [looking.look("reviews"), looking.look("reviews")] == [True, False]
    (mail,) = outbox.messages
    assert mail.subject == "Traindrop: the texts of reviews have changed"
    assert "25 % of the texts are longer" in mail.body
    assert "GET https://api/models/reviews" in mail.body
    model = ledger.find_model("reviews")
    assert model is not None
    assert model.drift is not None
    assert (model.drift.run, model.drift.long_share) == (RUN, 0.25)
    assert not looking.is_due(model)


def test_a_model_without_predictions_is_looked_at_and_not_mailed_about(
    ledger: MemoryLedger,
) -> None:
    ledger.add(RUN, status="live")
    looking, outbox = watch(ledger, AnswerStatistics())
    model = ledger.find_model("reviews")
    assert model is not None
    assert looking.is_due(model)
    assert not looking.look("reviews")
    assert outbox.messages == []


def test_a_model_that_is_not_live_is_not_looked_at(ledger: MemoryLedger) -> None:
    ledger.add(RUN, status="training")
    looking, outbox = watch(ledger, LONG)
    assert not looking.look("reviews")
    assert outbox.messages == []
