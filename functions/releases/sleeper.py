"""Sleep: an endpoint that bills by the hour and that nobody uses is deleted, until somebody asks for a prediction.

The model keeps its champion with config, SageMaker model and archive, so that one call makes the endpoint again. The
ledger says first that the model is asleep, and says that it is awake last: whoever finds an endpoint older than that
note knows that it is to go, and one that is newer that it was made to wake the model. A run that holds the model
deploys as ever; its promotion wakes the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from contracts.model_record import ModelRecord
from deployment_modes import may_sleep
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.sagemaker import EndpointBusyError, SageMaker
from functions.adapters.usage import Usage
from functions.common.endpoint_state import DEAD
from functions.common.names import resource_name
from functions.common.tags import tags
from functions.costs.booking import is_on_instances
from functions.releases.retry_decisions import Refusal

_SERVING, _DELETING = "InService", "Deleting"


@dataclass(frozen=True)
class Sleeper:
    """Every method may be repeated, and goes on where it stopped."""

    ledger: Ledger
    sagemaker: SageMaker
    stack: str
    now: Callable[[], datetime] = utc_now

    def sleep_if_idle(self, model: ModelRecord, usage: Callable[[], Usage]) -> bool:
        """False where the endpoint was used, or changed, within the model's `idle_minutes`; none of others."""
        if not model.idle_minutes:
            return False
        endpoint = self.sagemaker.endpoint(model.endpoint)
        if not _serves(endpoint):
            return False
        until = self.now()
        since = until - timedelta(minutes=model.idle_minutes)
        if endpoint is None or endpoint["LastModifiedTime"] > since:
            return False
        variants = [item["VariantName"] for item in endpoint["ProductionVariants"]]
        is_used = any(
            usage().requests(model.endpoint, variant, since, until)
            for variant in variants
        )
        return not is_used and self._sleep(model)

    def sleep(self, model: ModelRecord) -> Refusal | None:
        """Because somebody says so; None where the model sleeps now."""
        if refusal := refusal_to_sleep(model):
            return refusal
        if model.asleep_since:
            self.settle(model)
            return None
        if not _serves(self.sagemaker.endpoint(model.endpoint)):
            return _changing(model)
        return None if self._sleep(model) else _changing(model)

    def _sleep(self, model: ModelRecord) -> bool:
        if not self.ledger.fall_asleep(model):
            return False
        self._delete(model)
        return True

    def settle(self, model: ModelRecord) -> bool:
        """Brings endpoint and note together, where only one of them was changed; False where they agree."""
        endpoint = self.sagemaker.endpoint(model.endpoint)
        if not model.asleep_since or _is_gone(endpoint):
            return False
        if _is_older(endpoint, model.asleep_since):
            self._delete(model)
            return True
        return self.ledger.awake(model)

    def wake(self, model: ModelRecord) -> bool:
        """Makes the endpoint again, or sees that it comes; False of a model that neither sleeps nor ever does."""
        if model.champion is None or not (model.asleep_since or model.idle_minutes):
            return False
        endpoint = self.sagemaker.endpoint(model.endpoint)
        if endpoint is None:
            self._create(model, model.champion)
            return True
        is_old = model.asleep_since and _is_older(endpoint, model.asleep_since)
        if is_old or endpoint["EndpointStatus"] in DEAD:
            self._delete(model)
        elif endpoint["EndpointStatus"] != _DELETING:
            self.ledger.awake(model)
        return True

    def _create(self, model: ModelRecord, champion: str) -> None:
        config = resource_name(self.stack, champion)
        owner = tags(self.stack, model.model)
        try:
            self.sagemaker.create_endpoint(model.endpoint, config, owner)
        except EndpointBusyError:
            # Somebody else has just made it, or it is still going: the next prediction finds out.
            return
        self.ledger.awake(model)

    def _delete(self, model: ModelRecord) -> None:
        """One that is changing is left to the next sweep or prediction."""
        owner = tags(self.stack, model.model)
        with suppress(EndpointBusyError):
            self.sagemaker.delete("endpoint", model.endpoint, owner)


def _serves(endpoint: Mapping[str, Any] | None) -> bool:
    return endpoint is not None and endpoint["EndpointStatus"] == _SERVING


def _is_gone(endpoint: Mapping[str, Any] | None) -> bool:
    return endpoint is None or endpoint["EndpointStatus"] == _DELETING


def _is_older(endpoint: Mapping[str, Any] | None, stamp: str) -> bool:
    return endpoint is not None and bool(
        endpoint["CreationTime"] < datetime.fromisoformat(stamp)
    )


def refusal_to_sleep(model: ModelRecord) -> Refusal | None:
    """Why this live model is not put to sleep; None where it may be."""
    if not is_on_instances(model.mode):
        text = f"{model.model!r} is {model.mode or 'of an unknown mode'}: it bills nothing while nobody uses it."
        return Refusal("nothing_to_sleep", text)
    if not may_sleep(model.mode):
        text = (
            f"{model.model!r} is {model.mode}: with its endpoint the requests in its queue would be lost. "
            "Call DELETE on its endpoint when nothing waits any more."
        )
        return Refusal("queue_would_be_lost", text)
    if model.active_run:
        text = (
            f"{model.active_run} is in progress and may need the endpoint. Wait for it, or stop it: "
            f"POST /runs/{model.active_run}/stop"
        )
        return Refusal("model_busy", text)
    return None


def _changing(model: ModelRecord) -> Refusal:
    text = (
        f"The endpoint of {model.model!r} is changing, or does not serve. "
        f"GET /models/{quote(model.model, safe='')} says its status; ask again once it is {_SERVING}."
    )
    return Refusal("endpoint_busy", text)
