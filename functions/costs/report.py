"""What a month has cost, what bills now and why, and what the month will have cost at its end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from contracts.costs import (
    BillingNow,
    BookedCost,
    CostCategory,
    ModelCosts,
    MonthCosts,
    RunningCost,
)
from functions.adapters.cost_book import CostBook, month_of
from functions.costs.booking import amounts_of_endpoint, next_month
from functions.costs.prices import PLACES

NOT_COUNTED = (
    "requests of serverless endpoints",
    "the second set of instances while an endpoint is updated",
    "S3, logs, Lambda, Step Functions, DynamoDB, API Gateway and data transfer",
)
FORECAST = (
    "What is booked, endpoints that bill now until the end of the month, batches so far, training jobs in progress at "
    "the most of their estimates, and trainings to come at the pace of this month so far."
)
PAST = "The month is over: what is booked."


@dataclass(frozen=True)
class _MonthSoFar:
    start: datetime
    end: datetime
    now: datetime

    @property
    def until(self) -> datetime:
        return min(self.now, self.end)


def month_costs(book: CostBook, month: str, now: datetime) -> MonthCosts:
    """Of a month such as `2026-11`; `now` decides what bills and what is still to come."""
    start = datetime.fromisoformat(f"{month}-01").replace(tzinfo=UTC)
    span = _MonthSoFar(start, next_month(start), now)
    booked, running = book.booked(month), book.running()
    so_far = [*booked, *running_between(running, month, span.until)]
    is_over = now >= span.end
    return MonthCosts(
        month=month,
        booked_usd=_sum(booked),
        usd=_sum(so_far),
        forecast_usd=_sum(so_far) if is_over else _forecast(booked, running, span),
        forecast=PAST if is_over else FORECAST,
        models=tuple(_by_model(so_far)),
        bills_now=tuple(_billing_now(cost) for cost in running),
        unknown_prices=_unpriced(so_far),
        not_counted=NOT_COUNTED,
    )


_BY_TIME = frozenset({CostCategory.ENDPOINT, CostCategory.BATCH})


def running_between(
    running: Iterable[RunningCost],
    month: str,
    until: datetime,
    categories: Collection[CostCategory] = _BY_TIME,
) -> Iterator[BookedCost]:
    """What endpoints and batches that still run have billed in a month, up to a moment of it."""
    for cost in running:
        if cost.category not in categories:
            continue
        for amount in amounts_of_endpoint(cost, until):
            if month_of(amount.since) == month:
                yield amount


def _forecast(
    booked: list[BookedCost], running: list[RunningCost], span: _MonthSoFar
) -> float:
    if span.now < span.start:
        return 0.0
    month = month_of(span.start.isoformat())
    # The last moment belongs to the month itself.
    last = span.end - timedelta(milliseconds=1)
    endpoints = _sum(running_between(running, month, last, {CostCategory.ENDPOINT}))
    endpoints += _sum(running_between(running, month, span.now, {CostCategory.BATCH}))
    jobs = sum(cost.reserved_usd or 0.0 for cost in running)
    trained = _sum(
        [amount for amount in booked if amount.category is CostCategory.TRAINING]
    )
    elapsed = (span.now - span.start).total_seconds()
    left = (span.end - span.now).total_seconds()
    # A day at least: the first training of a month says little of the others.
    pace = trained / max(elapsed, timedelta(days=1).total_seconds())
    return round(_sum(booked) + endpoints + jobs + pace * left, PLACES)


def _by_model(amounts: Iterable[BookedCost]) -> Iterator[ModelCosts]:
    by_model: dict[str, list[BookedCost]] = defaultdict(list)
    for amount in amounts:
        by_model[amount.model].append(amount)
    for model, items in sorted(by_model.items()):
        yield ModelCosts(
            model=model,
            training_usd=_sum(_of(items, CostCategory.TRAINING)),
            endpoint_usd=_sum(_of(items, CostCategory.ENDPOINT)),
            usd=_sum(items),
            training_seconds=_seconds(_of(items, CostCategory.TRAINING)),
            endpoint_seconds=_seconds(_of(items, CostCategory.ENDPOINT)),
            batch_usd=_sum(_of(items, CostCategory.BATCH)),
            batch_seconds=_seconds(_of(items, CostCategory.BATCH)),
            runs=tuple(sorted({item.run for item in items})),
        )


def _of(amounts: list[BookedCost], category: CostCategory) -> list[BookedCost]:
    return [amount for amount in amounts if amount.category is category]


def _sum(amounts: Iterable[BookedCost]) -> float:
    return round(sum(amount.usd or 0.0 for amount in amounts), PLACES)


def _seconds(amounts: Iterable[BookedCost]) -> float:
    """Of all instances together."""
    seconds = sum(item.billable_seconds * item.instance_count for item in amounts)
    return round(seconds, 1)


def _unpriced(amounts: Iterable[BookedCost]) -> tuple[str, ...]:
    names = {item.instance_type or "" for item in amounts if item.usd is None}
    return tuple(sorted(names))


def _billing_now(cost: RunningCost) -> BillingNow:
    return BillingNow(
        name=cost.name,
        category=cost.category,
        model=cost.model,
        run=cost.run,
        since=cost.since,
        why=_why(cost),
        instance_count=cost.instance_count,
        instance_type=cost.instance_type,
        usd_per_hour=cost.usd_per_hour,
        expected_usd=cost.reserved_usd,
    )


def _why(cost: RunningCost) -> str:
    if cost.category is CostCategory.TRAINING:
        return f"the training job of {cost.run}; POST /runs/{cost.run}/stop stops it"
    if cost.category is CostCategory.BATCH:
        path = f"/models/{quote(cost.model, safe='')}/batch"
        return f"a batch of {cost.model}, until it has ended; GET {path} lists them, POST {path}/<batch>/stop stops one"
    return f"an endpoint of {cost.model}, since {cost.run} was deployed; it bills until it is deleted or sleeps"
