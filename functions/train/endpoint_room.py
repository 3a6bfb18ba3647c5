"""Whether the model of a training can be deployed: looked at before the training is paid for.

Only the stack's own endpoints are counted, which alone its functions may describe: where those leave no room, there is
none. Where the quota is too small for this model whatever else is served, its training is not started. Where the
stack's other models take the room, which may change until the training has ended, the run gets a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from contracts.quotas import QuotaRefusal
from contracts.spec import Spec
from deployment_modes import find_mode
from deployment_modes.quotas import quota_of_variant
from functions.adapters.errors import AwsError
from functions.adapters.ledger import utc_now
from functions.adapters.sagemaker import SageMaker
from functions.adapters.service_quotas import ServiceQuotas
from functions.common.lambda_handler import logger
from functions.common.names import resource_name, stack_prefix

MOST_ENDPOINTS = 200
"""That are described, two calls for each: of more it is left to the deployment to say that there is no room."""


@dataclass(frozen=True)
class EndpointRoom:
    """`quotas` is None where Service Quotas cannot be asked."""

    quotas: ServiceQuotas | None
    sagemaker: SageMaker
    stack: str
    now: Callable[[], datetime] = utc_now

    def shortage(self, spec: Spec) -> QuotaRefusal | str | None:
        """A refusal, a warning, or None where there is room or nobody knows; never raises an error of AWS."""
        if self.quotas is None:
            return None
        try:
            return self._shortage(spec, self.quotas)
        except AwsError as error:
            logger.warning("quota not known", extra={"error": str(error)})
            return None

    def _shortage(self, spec: Spec, quotas: ServiceQuotas) -> QuotaRefusal | str | None:
        mode = find_mode(spec.deployment.mode)
        settings = mode.own_settings(spec.deployment.settings)
        name, needed = quota_of_variant(mode.variant(spec.run, spec.run, settings))
        limit = quotas.of_sagemaker().get(name)
        if limit is None:
            return None
        own = resource_name(self.stack, spec.model)
        live = self._used([own], name)
        if live + needed > limit:
            return self._refusal(name, needed=needed, live=live, limit=limit)
        others = self.sagemaker.endpoint_statuses(stack_prefix(self.stack))
        others.pop(own, None)
        if len(others) > MOST_ENDPOINTS:
            return None
        used = self._used(others, name)
        if used + live + needed <= limit:
            return None
        return (
            f"The quota '{name}' may be full when the training has ended: it is {limit:g}, other models of the stack "
            f"use {used:g}, and {_amounts(needed, live)}. {_remedy(name)} "
            "A deployment that was refused can be retried without another training."
        )

    def _used(self, endpoints: Iterable[str], quota: str) -> float:
        used = 0.0
        for endpoint in endpoints:
            description = self.sagemaker.endpoint(endpoint)
            if description is None:
                continue
            config = self.sagemaker.config(description["EndpointConfigName"]) or {}
            for variant in config.get("ProductionVariants", ()):
                name, amount = quota_of_variant(variant)
                used += amount if name == quota else 0
        return used

    def _refusal(
        self, name: str, *, needed: float, live: float, limit: float
    ) -> QuotaRefusal:
        return QuotaRefusal(
            expected=f"room for the model's endpoint in the quota '{name}'",
            found=f"{limit:g}, where {_amounts(needed, live)}",
            remedy=_remedy(name),
            refused_at=self.now().isoformat(timespec="seconds"),
        )


def _amounts(needed: float, live: float) -> str:
    if not live:
        return f"this model needs {needed:g}"
    return f"this model needs {needed:g} besides the {live:g} of its live release, beside which the new one is verified"


def _remedy(name: str) -> str:
    return (
        f"Ask for more under Service Quotas, Amazon SageMaker, '{name}'; or set a smaller max_concurrency, or fewer or "
        "other instances, under deployment in traindrop.yaml; or delete models that nobody needs."
    )
