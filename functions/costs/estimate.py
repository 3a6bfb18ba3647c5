"""What a run is expected to cost, before anything of it bills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from contracts.costs import (
    AmountRange,
    CostEstimate,
    EndpointEstimate,
    InstanceEstimate,
    RateSample,
)
from contracts.run_record import RunRecord
from contracts.spec import Deployment, Spec
from deployment_modes import find_mode
from functions.common.text import counted
from functions.costs.durations import (
    MEASURED,
    NOT_MEASURED,
    SCRIPT_NOT_MEASURED,
    expected_seconds,
    token_passes,
    training_kind,
)
from functions.costs.price_table import Component
from functions.costs.prices import Prices, usd_of


class TrainingRates(Protocol):
    """The book of what trainings took, or what stands for it."""

    def rates(self, kind: str) -> Sequence[RateSample]: ...


@dataclass(frozen=True)
class Estimator:
    """Estimates by the region's prices, and by what trainings of the stack took before."""

    prices: Prices
    book: TrainingRates

    def estimate(self, record: RunRecord, spec: Spec, made_at: str) -> CostEstimate:
        """`made_at` in ISO 8601."""
        work = token_passes(spec, record)
        measured = 0
        instances: list[InstanceEstimate] = []
        for instance_type in spec.compute.instance_types:
            samples = self.book.rates(training_kind(spec, instance_type))
            measured = max(measured, len(samples))
            limit = spec.compute.max_runtime_seconds
            seconds = expected_seconds(work, samples, limit)
            instances.append(self._instance(instance_type, seconds, spec))
        estimate = CostEstimate(
            made_at=made_at,
            instances=tuple(instances),
            instance_count=spec.compute.instance_count,
            basis=_basis(measured, is_script=not work),
            endpoint=self.endpoint(spec.deployment),
        )
        return replace(estimate, sentence=estimate_sentence(estimate))

    def _instance(
        self, instance_type: str, seconds: AmountRange, spec: Spec
    ) -> InstanceEstimate:
        price = self.prices.price(Component.TRAINING, instance_type)
        count = spec.compute.instance_count
        least, most = seconds
        return InstanceEstimate(
            instance_type=instance_type,
            minutes=(round(least / 60, 1), round(most / 60, 1)),
            price=price,
            usd=(usd_of(price, least, count), usd_of(price, most, count))
            if price
            else None,
        )

    def endpoint(self, deployment: Deployment) -> EndpointEstimate:
        """What the model costs once it is deployed so."""
        mode = find_mode(deployment.mode)
        variant = mode.variant("", "", mode.own_settings(deployment.settings))
        instance_type = variant.get("InstanceType")
        if instance_type is None:
            return EndpointEstimate(deployment.mode)
        return EndpointEstimate(
            deployment.mode,
            str(instance_type),
            int(str(variant["InitialInstanceCount"])),
            self.prices.price(Component.HOSTING, str(instance_type)),
        )


def _basis(measured: int, *, is_script: bool) -> str:
    if measured:
        return MEASURED.format(trainings=counted(measured, "training"))
    return SCRIPT_NOT_MEASURED if is_script else NOT_MEASURED


def estimate_sentence(estimate: CostEstimate) -> str:
    """Minutes, types and amounts, and what the endpoint costs after that."""
    types = " or ".join(item.instance_type for item in estimate.instances)
    least, most = estimate.minutes or (0.0, 0.0)
    count = f"{estimate.instance_count} x " if estimate.instance_count > 1 else ""
    training = f"Training: {least:g} to {most:g} min on {count}{types}"
    return f"{training}, {_amounts(estimate)}.{_endpoint(estimate.endpoint)}"


def _amounts(estimate: CostEstimate) -> str:
    unknown = f"unknown price of {', '.join(estimate.unpriced)}"
    if estimate.usd is None:
        return unknown
    least, most = estimate.usd
    amounts = f"{least:.2f} to {most:.2f} USD"
    return f"{amounts} ({unknown})" if estimate.unpriced else amounts


def _endpoint(endpoint: EndpointEstimate | None) -> str:
    if endpoint is None or endpoint.instance_type is None:
        return " The endpoint bills by request."
    machine = f"{endpoint.instance_count} x {endpoint.instance_type}"
    usd = endpoint.usd_per_hour
    price = "unknown price" if usd is None else f"{usd:.3f} USD an hour"
    return f" The endpoint ({machine}): {price}, from deployment until it is deleted or sleeps."
