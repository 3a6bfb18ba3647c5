"""Books what training jobs and endpoints have billed, by comparing what the cost book says runs with what is there.

A job is noted before it is created and booked once it has ended; an endpoint on instances is noted when it is seen in
service and booked when it is gone, is being deleted, or runs on other instances. Whoever changes one of them looks at
it afterwards, and the sweep looks at all, so nothing is left that was missed; every look may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from contracts.batch import BatchRecord
from contracts.costs import BookedCost, CostCategory, CostEstimate, RunningCost
from contracts.run_record import RunRecord
from deployment_modes import find_mode
from functions.adapters.cost_book import CostBook
from functions.adapters.ledger_table import utc_now
from functions.adapters.sagemaker import Description, SageMaker
from functions.costs.price_table import Component
from functions.costs.prices import Prices, usd_of

ABANDONED = timedelta(minutes=30)
"""After that a noted job that is not there will never be: a function works for a quarter of an hour at most."""
CLOCK_STEP = timedelta(seconds=1)
"""Times in the book are in milliseconds."""
_ENDED = frozenset({"Completed", "Failed", "Stopped"})


def job_reservation(
    record: RunRecord, job: str, estimate: CostEstimate, now: datetime
) -> RunningCost:
    """What a run's next job may cost, until it has ended."""
    prices = {
        item.instance_type: item.price for item in estimate.instances if item.price
    }
    return RunningCost(
        name=job,
        category=CostCategory.TRAINING,
        model=record.model,
        run=record.run,
        since=_stamp(now),
        instance_count=estimate.instance_count,
        prices=prices,
        reserved_usd=estimate.usd[1] if estimate.usd else None,
    )


def batch_cost(record: BatchRecord, job: str, now: datetime) -> RunningCost:
    """What a transform job of a batch costs, from before its creation on."""
    instance_type = record.instance_type or ""
    return RunningCost(
        name=job,
        category=CostCategory.BATCH,
        model=record.model,
        run=record.run or "",
        since=_stamp(now),
        instance_count=record.instance_count,
        instance_type=instance_type,
        prices={instance_type: record.price} if record.price else {},
    )


@dataclass(frozen=True)
class Booker:
    """Looks at jobs and endpoints; True where something was booked or forgotten."""

    book: CostBook
    sagemaker: SageMaker
    prices: Prices
    now: Callable[[], datetime] = utc_now

    def look(self, cost: RunningCost) -> bool:
        """At something that was noted."""
        if cost.category is CostCategory.TRAINING:
            return self._look_at_job(cost)
        if cost.category is CostCategory.BATCH:
            return self._look_at_transform(cost)
        return self.look_at_endpoint(cost.name, cost.model, cost.run)

    def book_job(self, record: RunRecord, job: Description) -> bool:
        """Of a run's job that has been described, and has ended."""
        noted = self.book.find_running(job["TrainingJobName"])
        if noted is None:
            return self._book_unnoted(self._as_cost(record, job), job)
        return self._book_job(noted, job)

    def _book_unnoted(self, cost: RunningCost, job: Description) -> bool:
        """Of a job that is booked already, or that a version of Traindrop created which had no book."""
        amount = _amount_of_job(cost, job)
        if amount is None or self.book.is_booked(amount):
            return False
        self.book.begin(cost)
        return self._book(cost, [amount])

    def _as_cost(self, record: RunRecord, job: Description) -> RunningCost:
        instance_type = str(job["ResourceConfig"]["InstanceType"])
        price = self.prices.price(Component.TRAINING, instance_type)
        return RunningCost(
            name=job["TrainingJobName"],
            category=CostCategory.TRAINING,
            model=record.model,
            run=record.run,
            since=_stamp(job["CreationTime"]),
            instance_type=instance_type,
            prices={instance_type: price} if price else {},
        )

    def _look_at_job(self, cost: RunningCost) -> bool:
        job = self.sagemaker.job(cost.name)
        if job is None:
            return self._is_abandoned(cost) and self.book.forget(cost)
        return self._book_job(cost, job)

    def _look_at_transform(self, cost: RunningCost) -> bool:
        job = self.sagemaker.transform(cost.name)
        if job is None:
            return self._is_abandoned(cost) and self.book.forget(cost)
        if job["TransformJobStatus"] not in _ENDED:
            return False
        amount = _amount_of_transform(cost, job)
        return self._book(cost, [amount]) if amount else self.book.forget(cost)

    def _is_abandoned(self, cost: RunningCost) -> bool:
        return self.now() - _moment(cost.since) > ABANDONED

    def _book_job(self, cost: RunningCost, job: Description) -> bool:
        if job["TrainingJobStatus"] not in _ENDED:
            return False
        amount = _amount_of_job(cost, job)
        return self._book(cost, [amount]) if amount else self.book.forget(cost)

    def look_at_endpoint(self, name: str, model: str, run: str) -> bool:
        """Notes it where it serves on instances, and books what is over."""
        noted, endpoint = self.book.find_running(name), self.sagemaker.endpoint(name)
        served = self._served(endpoint, model, run) if endpoint else None
        if noted is None:
            return served is not None and self.book.begin(served)
        until = self._until(noted, endpoint, served)
        if until is None:
            return False
        booked = self._book(noted, list(amounts_of_endpoint(noted, until)))
        if served is not None:
            self.book.begin(served)
        return booked

    def _served(
        self, endpoint: Description, model: str, run: str
    ) -> RunningCost | None:
        """What an endpoint in service costs; None of one that is not, or that bills by request."""
        if endpoint["EndpointStatus"] not in {"InService", "Updating"}:
            return None
        config = self.sagemaker.config(endpoint["EndpointConfigName"])
        variant = config["ProductionVariants"][0] if config else {}
        instance_type = variant.get("InstanceType")
        if instance_type is None:
            return None
        price = self.prices.price(Component.HOSTING, instance_type)
        return RunningCost(
            name=endpoint["EndpointName"],
            category=CostCategory.ENDPOINT,
            model=model,
            run=run,
            since=_stamp(endpoint["LastModifiedTime"]),
            instance_count=int(variant["InitialInstanceCount"]),
            instance_type=instance_type,
            prices={instance_type: price} if price else {},
        )

    def _until(
        self,
        noted: RunningCost,
        endpoint: Description | None,
        served: RunningCost | None,
    ) -> datetime | None:
        """When what was noted ended; None where it goes on."""
        if endpoint is None:
            return self.now()
        created = endpoint.get("CreationTime")
        if created and created - _moment(noted.since) > CLOCK_STEP:
            # One of the same name that was made after the noted one.
            return _utc(created)
        if endpoint["EndpointStatus"] in {"Deleting", "Failed"}:
            return _utc(endpoint["LastModifiedTime"])
        if endpoint["EndpointStatus"] != "InService":
            return None
        same = served is not None and (
            (served.instance_type, served.instance_count)
            == (noted.instance_type, noted.instance_count)
        )
        return None if same else _utc(endpoint["LastModifiedTime"])

    def _book(self, cost: RunningCost, amounts: list[BookedCost]) -> bool:
        if self.book.book(cost, amounts):
            return True
        # A late note of something that was booked before: it would stay for ever.
        return self.book.is_booked(amounts[0]) and self.book.forget(cost)


def _amount_of_job(cost: RunningCost, job: Description) -> BookedCost | None:
    """None of a job that never had an instance."""
    began, ended = job.get("TrainingStartTime"), job.get("TrainingEndTime")
    measured = (ended - began).total_seconds() if began and ended else 0.0
    seconds = float(job.get("BillableTimeInSeconds", measured))
    if not seconds:
        return None
    resources = job["ResourceConfig"]
    instance_type = str(resources["InstanceType"])
    count = int(resources.get("InstanceCount", cost.instance_count))
    ended_at = ended or job.get("LastModifiedTime") or job["CreationTime"]
    return _amount(
        replace(cost, instance_type=instance_type, instance_count=count),
        began or job["CreationTime"],
        ended_at,
        seconds,
    )


def _amount_of_transform(cost: RunningCost, job: Description) -> BookedCost | None:
    """None of a job that never had an instance."""
    began, ended = job.get("TransformStartTime"), job.get("TransformEndTime")
    if not began or not ended:
        return None
    return _amount(cost, began, ended, (ended - began).total_seconds())


def amounts_of_endpoint(cost: RunningCost, until: datetime) -> Iterator[BookedCost]:
    """What it billed from its beginning on, month by month."""
    start = _moment(cost.since)
    until = max(start, until)
    while True:
        end = min(until, next_month(start))
        yield _amount(cost, start, end, (end - start).total_seconds())
        if end >= until:
            return
        start = end


def _amount(
    cost: RunningCost, since: datetime, until: datetime, seconds: float
) -> BookedCost:
    price = cost.price
    return BookedCost(
        name=cost.name,
        category=cost.category,
        model=cost.model,
        run=cost.run,
        since=_stamp(since),
        until=_stamp(until),
        billable_seconds=round(seconds, 1),
        instance_count=cost.instance_count,
        instance_type=cost.instance_type,
        price=price,
        usd=usd_of(price, seconds, cost.instance_count) if price else None,
    )


def is_on_instances(mode: str | None) -> bool:
    """Whether a deployment mode bills by the hour."""
    return mode is not None and find_mode(mode).bills_by_the_hour


def next_month(moment: datetime) -> datetime:
    """The first moment of the month after."""
    year, month = divmod(moment.year * 12 + moment.month, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)


def _moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _stamp(moment: datetime) -> str:
    return _utc(moment).isoformat(timespec="milliseconds")
