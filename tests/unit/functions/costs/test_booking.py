from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.costs import (
    BookedCost,
    CostCategory,
    CostEstimate,
    InstanceEstimate,
    Price,
    RunningCost,
)
from functions.adapters.cost_book import CostBook
from functions.costs.booking import (
    ABANDONED,
    Booker,
    amounts_of_endpoint,
    is_on_instances,
    job_reservation,
    next_month,
)
from functions.costs.prices import Prices
from tests.unit.functions.fakes import NOW, MemoryLedger, MemorySageMaker, cost_book
from tests.unit.functions.specs import RUN

PRICE = Price(1.2, "list", "2026-05-01")
ENDPOINT, JOB, M5 = "endpoint", "job", "ml.m5.xlarge"
RECORD = MemoryLedger().add(RUN)


class Books:
    """A booker whose clock is set by the test."""

    def __init__(self, sagemaker: MemorySageMaker) -> None:
        self.sagemaker, self.book, self.time = sagemaker, cost_book(), NOW
        prices = Prices("us-east-1", None)
        self.booker = Booker(self.book, sagemaker, prices, lambda: self.time)

    def serve(self, instance_type: str | None, count: int = 1, **fields: Any) -> None:
        config = f"{instance_type} {count}"
        variant: dict[str, Any] = {"ServerlessConfig": {}}
        if instance_type:
            variant = {"InstanceType": instance_type, "InitialInstanceCount": count}
        self.sagemaker.configs[config] = {"ProductionVariants": [variant]}
        modified = {"LastModifiedTime": self.time, "CreationTime": NOW}
        self.sagemaker.add_endpoint(ENDPOINT, config, **modified | fields)

    def look(self) -> bool:
        return self.booker.look_at_endpoint(ENDPOINT, "reviews", RUN)

    def booked(self) -> list[BookedCost]:
        return self.book.booked("2026-05")


@pytest.fixture
def books(sagemaker: MemorySageMaker) -> Books:
    return Books(sagemaker)


def reserved(book: CostBook, since: datetime = NOW) -> RunningCost:
    estimate = CostEstimate(
        "", (InstanceEstimate("ml.a", (1, 2), PRICE, (0.1, 0.2)),), instance_count=2
    )
    cost = job_reservation(RECORD, JOB, estimate, since)
    assert cost.reserved_usd == 0.2
    assert book.reserve(cost, book.turn())
    return cost


def test_a_job_that_has_ended_is_booked_once(books: Books) -> None:
    cost = reserved(books.book)
    times = {"TrainingStartTime": NOW, "TrainingEndTime": NOW + timedelta(seconds=700)}
    resources = {"InstanceType": "ml.a", "InstanceCount": 2}
    books.sagemaker.add_job(
        JOB, "Completed", BillableTimeInSeconds=600, ResourceConfig=resources, **times
    )
    assert books.booker.look(cost)
    assert not books.booker.book_job(RECORD, books.sagemaker.jobs[JOB])
    (amount,) = books.booked()
    assert (amount.billable_seconds, amount.usd, amount.model) == (600, 0.4, "reviews")
    assert books.book.running() == []


def test_a_job_of_a_version_without_a_book_is_booked_once(books: Books) -> None:
    times = {"TrainingStartTime": NOW, "TrainingEndTime": NOW + timedelta(seconds=700)}
    books.sagemaker.add_job(
        JOB,
        "Completed",
        BillableTimeInSeconds=600,
        ResourceConfig={"InstanceType": "ml.g5.xlarge", "InstanceCount": 2},
        **times,
    )
    job = books.sagemaker.jobs[JOB]
    assert [books.booker.book_job(RECORD, job) for _ in range(2)] == [True, False]
    (amount,) = books.booked()
    assert (amount.billable_seconds, amount.instance_count) == (600, 2)
    assert amount.usd is not None
    assert books.book.running() == []


def test_a_job_that_runs_is_not_booked(books: Books) -> None:
    cost = reserved(books.book)
    for status in ("InProgress", "Stopping"):
        books.sagemaker.add_job(JOB, status)
        assert not books.booker.look(cost)
    assert books.book.running() == [cost]


def test_a_stopped_job_without_billable_seconds_is_booked_by_its_times(
    books: Books,
) -> None:
    cost = reserved(books.book)
    times = {"TrainingStartTime": NOW, "TrainingEndTime": NOW + timedelta(seconds=30)}
    books.sagemaker.add_job(JOB, "Stopped", **times)
    assert books.booker.look(cost)
    assert [amount.billable_seconds for amount in books.booked()] == [30]


def test_a_job_that_never_had_an_instance_costs_nothing(books: Books) -> None:
    cost = reserved(books.book)
    books.sagemaker.add_job(JOB, "Failed")
    assert books.booker.look(cost)
    assert (books.book.running(), books.booked()) == ([], [])


def test_a_type_without_a_price_is_booked_without_an_amount(books: Books) -> None:
    cost = reserved(books.book)
    resources = {"InstanceType": "ml.z", "InstanceCount": 1}
    books.sagemaker.add_job(
        JOB, "Completed", BillableTimeInSeconds=60, ResourceConfig=resources
    )
    assert books.booker.look(cost)
    (amount,) = books.booked()
    assert (amount.instance_type, amount.usd) == ("ml.z", None)


def test_a_job_that_was_noted_and_never_created_is_forgotten(books: Books) -> None:
    cost = reserved(books.book)
    assert not books.booker.look(cost)
    books.time += ABANDONED + timedelta(seconds=1)
    assert books.booker.look(cost)
    assert (books.book.running(), books.booked()) == ([], [])


def test_a_note_that_comes_after_the_booking_is_forgotten(books: Books) -> None:
    cost = reserved(books.book)
    books.sagemaker.add_job(JOB, "Completed", BillableTimeInSeconds=60)
    books.booker.look(cost)
    assert books.booker.look(reserved(books.book, NOW + timedelta(seconds=1)))
    assert (books.book.running(), len(books.booked())) == ([], 1)


def test_an_endpoint_bills_from_service_to_deletion(books: Books) -> None:
    books.serve(M5, 2)
    assert books.look()
    assert not books.look()
    (cost,) = books.book.running()
    assert (cost.instance_type, cost.instance_count, cost.run) == (M5, 2, RUN)
    books.time += timedelta(hours=1)
    books.serve(M5, 2, EndpointStatus="Deleting")
    books.time += timedelta(hours=1)
    assert books.booker.look(cost)
    assert not books.look()
    assert [(item.billable_seconds, item.usd) for item in books.booked()] == [
        (3600, 0.46)
    ]


def test_an_endpoint_that_is_gone_bills_until_that_was_seen(books: Books) -> None:
    books.serve(M5)
    books.look()
    del books.sagemaker.endpoints[ENDPOINT]
    books.time += timedelta(minutes=10)
    assert books.look()
    assert [item.billable_seconds for item in books.booked()] == [600]


def test_other_instances_are_booked_apart(books: Books) -> None:
    books.serve(M5)
    books.look()
    books.time += timedelta(hours=1)
    books.serve(M5, EndpointStatus="Updating")
    assert not books.look()
    books.serve(M5, 3)
    books.look()
    (cost,) = books.book.running()
    assert (cost.instance_count, cost.since) == (3, "2026-05-01T13:00:00.000+00:00")
    books.time += timedelta(hours=1)
    books.serve(None)
    assert books.look()
    assert books.book.running() == []
    assert [item.usd for item in books.booked()] == [0.23, 0.69]


def test_an_endpoint_that_was_made_anew_is_another(books: Books) -> None:
    books.serve(M5)
    books.look()
    books.time += timedelta(hours=2)
    created = NOW + timedelta(hours=1)
    books.serve(M5, CreationTime=created)
    books.look()
    assert [item.billable_seconds for item in books.booked()] == [3600]
    assert [cost.since for cost in books.book.running()] == [
        "2026-05-01T14:00:00.000+00:00"
    ]


def test_an_endpoint_without_instances_is_not_noted(books: Books) -> None:
    books.serve(None)
    assert not books.look()
    books.serve(M5, EndpointStatus="Creating")
    assert not books.look()
    assert books.book.running() == []


def test_an_endpoint_is_booked_month_by_month() -> None:
    since = datetime(2026, 10, 31, 23, tzinfo=UTC)
    cost = RunningCost(
        ENDPOINT,
        CostCategory.ENDPOINT,
        "m",
        "m-1",
        since.isoformat(),
        instance_type=M5,
        prices={M5: PRICE},
    )
    amounts = list(amounts_of_endpoint(cost, datetime(2026, 12, 1, 2, tzinfo=UTC)))
    hours = [amount.billable_seconds / 3600 for amount in amounts]
    assert hours == [1, 30 * 24, 2]
    assert [amount.since[:7] for amount in amounts] == ["2026-10", "2026-11", "2026-12"]
    assert [amount.usd for amount in amounts] == [1.2, 864.0, 2.4]


def test_december_is_followed_by_january() -> None:
    assert next_month(NOW) == datetime(2026, 6, 1, tzinfo=UTC)
    assert next_month(datetime(2026, 12, 31, tzinfo=UTC)) == datetime(
        2027, 1, 1, tzinfo=UTC
    )


def test_only_realtime_bills_by_the_hour() -> None:
    assert is_on_instances("realtime")
    assert not is_on_instances("serverless")
    assert not is_on_instances(None)
