"""What a run costs: prices, the estimate before its training, and what is booked after it.

Amounts are US dollars, times ISO 8601 in UTC. A range is the least and the most that is expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from contracts.documents import ALWAYS, Record

AmountRange = tuple[float, float]


@dataclass(frozen=True)
class Price(Record):
    """What one instance costs on demand. Spot bills fewer seconds, at the same price."""

    usd_per_hour: float
    source: str
    """Where it was read, for people."""
    as_of: str
    """The day it was read, or that of the list; a month where no day is known."""


@dataclass(frozen=True)
class InstanceEstimate(Record):
    """What the training is expected to take on one of the types that it may get."""

    instance_type: str
    minutes: AmountRange
    price: Price | None = None
    """None where no price is known."""
    usd: AmountRange | None = None
    """Of all instances of the job together."""


@dataclass(frozen=True)
class EndpointEstimate(Record):
    """What the model costs once it is deployed."""

    mode: str
    instance_type: str | None = None
    """None of an endpoint that bills by request."""
    instance_count: int = 1
    price: Price | None = None

    @property
    def usd_per_hour(self) -> float | None:
        """Of all its instances; None where no price is known, or it bills by request."""
        return self.price.usd_per_hour * self.instance_count if self.price else None


@dataclass(frozen=True)
class CostEstimate(Record):
    """What a run is expected to cost, before its training job is created."""

    made_at: str
    instances: tuple[InstanceEstimate, ...] = ()
    """In the order in which the types are asked for."""
    instance_count: int = 1
    basis: str = ""
    """What the minutes were computed from: a sentence."""
    endpoint: EndpointEstimate | None = None
    sentence: str = ""
    """All of it for people, without the basis."""

    @property
    def priced(self) -> tuple[InstanceEstimate, ...]:
        return tuple(item for item in self.instances if item.usd is not None)

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Instance types without a known price."""
        return tuple(item.instance_type for item in self.instances if item.usd is None)

    @property
    def minutes(self) -> AmountRange | None:
        return _span([item.minutes for item in self.instances])

    @property
    def usd(self) -> AmountRange | None:
        """Over the types whose price is known; None where none is."""
        return _span([item.usd for item in self.instances if item.usd is not None])


def _span(ranges: list[AmountRange]) -> AmountRange | None:
    if not ranges:
        return None
    return min(least for least, _ in ranges), max(most for _, most in ranges)


@dataclass(frozen=True)
class RateSample(Record):
    """What one training of a run took, for estimates of those that follow."""

    run: str
    token_passes: float
    """Training rows x passes over them x tokens of a row; 0 where the rows are not known."""
    training_seconds: float
    """What the passes took."""
    billable_seconds: float
    """Of the whole job."""


class CostCategory(StrEnum):
    TRAINING = "training"
    ENDPOINT = "endpoint"
    BATCH = "batch"
    """A transform job of a batch."""


@dataclass(frozen=True)
class CostItem(Record):
    """A training job, an endpoint or a transform job, and the run whose it is."""

    name: str
    """Of the job or the endpoint."""
    category: CostCategory
    model: str
    run: str
    since: str
    """When it began to bill; of a job that runs, when it was about to be created."""


@dataclass(frozen=True)
class RunningCost(CostItem):
    """What bills now, or will as soon as its job has an instance. It is booked when it has ended."""

    instance_count: int = 1
    instance_type: str | None = None
    """None of a job that has not got its instance yet."""
    prices: Mapping[str, Price] = field(default_factory=dict)
    """Instance type -> its price, where that is known."""
    reserved_usd: float | None = None
    """What a job is expected to cost at most; None where no price is known."""

    @property
    def price(self) -> Price | None:
        """Of its instance type; None where it has no instance yet, or no price is known."""
        return self.prices.get(self.instance_type or "")

    @property
    def usd_per_hour(self) -> float | None:
        """Of all its instances; None where no price is known."""
        return self.price.usd_per_hour * self.instance_count if self.price else None


@dataclass(frozen=True)
class BookedCost(CostItem):
    """What was billed in one month for a training job or an endpoint."""

    until: str
    billable_seconds: float
    """Of one instance."""
    instance_count: int = 1
    instance_type: str | None = None
    price: Price | None = None
    usd: float | None = None
    """None where no price is known."""


@dataclass(frozen=True)
class ModelCosts(Record):
    """What a model cost in a month; seconds are of all instances together."""

    model: str
    training_usd: Annotated[float, ALWAYS]
    endpoint_usd: Annotated[float, ALWAYS]
    usd: Annotated[float, ALWAYS]
    training_seconds: Annotated[float, ALWAYS]
    endpoint_seconds: Annotated[float, ALWAYS]
    batch_usd: Annotated[float, ALWAYS] = 0.0
    batch_seconds: Annotated[float, ALWAYS] = 0.0
    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class BillingNow(CostItem):
    """Something that bills at this moment, or will as soon as it has an instance."""

    why: str
    instance_count: int = 1
    instance_type: str | None = None
    usd_per_hour: float | None = None
    """Of all instances; None where no price is known, or no instance yet."""
    expected_usd: float | None = None
    """What a job is expected to cost at most."""


@dataclass(frozen=True)
class MonthCosts(Record):
    """What `GET /costs` answers. Amounts leave out what has no known price."""

    month: str
    booked_usd: Annotated[float, ALWAYS]
    """Of what has ended."""
    usd: Annotated[float, ALWAYS]
    """That, and what endpoints that still run have billed so far."""
    forecast_usd: Annotated[float, ALWAYS]
    forecast: str
    """How it was computed."""
    models: Annotated[tuple[ModelCosts, ...], ALWAYS] = ()
    bills_now: Annotated[tuple[BillingNow, ...], ALWAYS] = ()
    unknown_prices: tuple[str, ...] = ()
    """Instance types whose amounts are left out."""
    not_counted: tuple[str, ...] = ()


@dataclass(frozen=True)
class BudgetRefusal(Record):
    """Why a training was not started: its estimate does not fit."""

    expected: str
    found: str
    remedy: str
    refused_at: str

    @property
    def sentence(self) -> str:
        return f"Expected {self.expected}; found {self.found}."
