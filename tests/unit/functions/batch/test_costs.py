"""What the transform jobs of a batch cost is booked, once each, and counts against the stack's budget."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.batch import BatchStatus
from contracts.costs import Price
from functions.adapters.cost_book import month_of
from functions.costs.prices import Prices
from functions.costs.report import month_costs
from tests.unit.functions.batch.desk import SETTINGS, Desk, reviews
from tests.unit.functions.fakes import NOW

MONTH = month_of(NOW.isoformat())
ROWS = reviews(["a film"] * 10)


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch) -> None:
    price = Price(usd_per_hour=3.6, source="a test", as_of="2026")
    monkeypatch.setattr(Prices, "price", lambda *_: price)


@pytest.mark.usefixtures("priced")
def test_a_job_is_booked_by_its_seconds_once() -> None:
    desk = Desk()
    record = desk.start(ROWS)
    desk.step(record)
    desk.step(record)
    costs = month_costs(desk.book, MONTH, NOW + timedelta(seconds=50))
    (bills,) = costs.bills_now
    assert bills.category == "batch"
    assert "/models/reviews/batch/<batch>/stop" in bills.why
    assert costs.models[0].batch_usd == 0.05
    assert costs.booked_usd == 0.0
    desk.end_jobs()
    desk.run(record)
    costs = month_costs(desk.book, MONTH, NOW)
    (model,) = costs.models
    assert (model.batch_usd, model.batch_seconds, model.usd) == (0.1, 100.0, 0.1)
    assert (costs.booked_usd, costs.bills_now) == (0.1, ())


@pytest.mark.usefixtures("priced")
def test_a_job_that_was_stopped_is_booked_by_the_sweep() -> None:
    desk = Desk()
    record = desk.start(ROWS)
    desk.step(record)
    desk.step(record)
    desk.control.stop(desk.read(record))
    (noted,) = desk.book.running()
    assert not desk.work.booker.look(noted)
    (job,) = desk.sagemaker.transforms.values()
    times = {"TransformStartTime": NOW, "TransformEndTime": NOW + timedelta(seconds=50)}
    job.update({"TransformJobStatus": "Stopped", **times})
    assert desk.work.booker.look(noted)
    assert month_costs(desk.book, MONTH, NOW).booked_usd == 0.05


@pytest.mark.usefixtures("priced")
def test_no_batch_begins_in_a_month_whose_budget_is_spent() -> None:
    desk = Desk(settings=replace(SETTINGS, monthly_budget=0.1))
    assert desk.run(desk.start(ROWS)).status is BatchStatus.COMPLETED
    ended = desk.run(desk.start(ROWS))
    assert ended.status is BatchStatus.FAILED
    assert "found 0.10 USD booked or reserved in 2026-05" in (ended.failure or "")
    assert len(desk.sagemaker.transforms) == 1


def test_with_a_budget_the_price_has_to_be_known() -> None:
    desk = Desk(settings=replace(SETTINGS, monthly_budget=5))
    ended = desk.run(desk.start(ROWS))
    assert "unknown price of ml.m5.xlarge" in (ended.failure or "")


def test_without_a_price_the_seconds_are_booked() -> None:
    desk = Desk()
    desk.run(desk.start(ROWS))
    costs = month_costs(desk.book, MONTH, NOW)
    assert costs.models[0].batch_seconds == 100.0
    assert costs.unknown_prices == ("ml.m5.xlarge",)


def test_a_refused_instance_costs_nothing() -> None:
    desk = Desk()
    desk.sagemaker.refusals["ml.m5.xlarge"] = "a full quota"
    desk.run(desk.start(ROWS))
    assert desk.book.running() == []
