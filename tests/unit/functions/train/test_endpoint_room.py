from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from contracts.quotas import SERVERLESS_CONCURRENCY, QuotaRefusal, endpoint_instances
from contracts.spec import Spec
from deployment_modes.quotas import quota_of_variant
from functions.adapters.errors import RefusedError
from functions.adapters.service_quotas import ServiceQuotas
from functions.common.names import resource_name
from functions.explain.diagnosis import diagnose, evidence_of
from functions.train import endpoint_room
from functions.train.endpoint_room import EndpointRoom
from functions.train.start import Starter
from tests.unit.functions.fakes import (
    NOW,
    STACK,
    MemoryLedger,
    MemorySageMaker,
    now,
)
from tests.unit.functions.specs import RUN, spec

REMEDY = (
    f"Ask for more under Service Quotas, Amazon SageMaker, '{SERVERLESS_CONCURRENCY}'; or set a smaller "
    "max_concurrency, or fewer or other instances, under deployment in traindrop.yaml; or delete models that nobody "
    "needs."
)


class Quotas:
    def __init__(self, values: Mapping[str, float]) -> None:
        self.values = values

    def of_sagemaker(self) -> Mapping[str, float]:
        return self.values


def quotas(limit: float, name: str = SERVERLESS_CONCURRENCY) -> ServiceQuotas:
    return cast(ServiceQuotas, Quotas({name: limit}))


def serve(sagemaker: MemorySageMaker, model: str, variant: Mapping[str, Any]) -> None:
    name = resource_name(STACK, model)
    config = {"EndpointConfigName": name, "ProductionVariants": [variant]}
    sagemaker.configs[name] = config
    sagemaker.endpoints[name] = {
        "EndpointName": name,
        "EndpointConfigName": name,
        "EndpointStatus": "InService",
    }


def serverless(concurrency: int) -> dict[str, Any]:
    return {"ServerlessConfig": {"MaxConcurrency": concurrency}}


def instances(count: int, instance_type: str = "ml.m5.xlarge") -> dict[str, Any]:
    return {"InstanceType": instance_type, "InitialInstanceCount": count}


def shortage(
    sagemaker: MemorySageMaker, limit: float, **deployment: Any
) -> QuotaRefusal | str | None:
    return EndpointRoom(quotas(limit), sagemaker, STACK, now).shortage(
        wanted(**deployment)
    )


def wanted(**deployment: Any) -> Spec:
    return Spec.read(
        spec()
        | {
            "deployment": {
                "mode": "serverless",
                "memory_mb": 3072,
                "max_concurrency": 5,
                **deployment,
            }
        }
    )


def test_a_quota_with_room_says_nothing(sagemaker: MemorySageMaker) -> None:
    assert shortage(sagemaker, 5) is None
    serve(sagemaker, "reviews", serverless(5))
    serve(sagemaker, "tickets", serverless(5))
    assert shortage(sagemaker, 15) is None


def test_a_quota_smaller_than_the_model_refuses(sagemaker: MemorySageMaker) -> None:
    assert shortage(sagemaker, 4) == QuotaRefusal(
        expected=f"room for the model's endpoint in the quota '{SERVERLESS_CONCURRENCY}'",
        found="4, where this model needs 5",
        remedy=REMEDY,
        refused_at=NOW.isoformat(timespec="seconds"),
    )
    serve(sagemaker, "reviews", serverless(4))
    refusal = shortage(sagemaker, 8)
    assert isinstance(refusal, QuotaRefusal)
    assert refusal.found == (
        "8, where this model needs 5 besides the 4 of its live release, beside which the new one is verified"
    )


def test_a_quota_that_others_fill_is_a_warning(sagemaker: MemorySageMaker) -> None:
    serve(sagemaker, "tickets", serverless(6))
    serve(sagemaker, "notes", instances(3))
    assert shortage(sagemaker, 10) == (
        f"The quota '{SERVERLESS_CONCURRENCY}' may be full when the training has ended: it is 10, other models of the "
        f"stack use 6, and this model needs 5. {REMEDY} A deployment that was refused can be retried without another "
        "training."
    )


def test_instances_count_by_their_type(sagemaker: MemorySageMaker) -> None:
    serve(sagemaker, "tickets", instances(2))
    serve(sagemaker, "notes", instances(2, "ml.c5.xlarge"))
    name = endpoint_instances("ml.m5.xlarge")
    real = wanted(mode="realtime", instance_type="ml.m5.xlarge", instance_count=2)
    for limit, kind in ((1, QuotaRefusal), (3, str), (4, type(None))):
        room = EndpointRoom(quotas(limit, name), sagemaker, STACK, now)
        assert isinstance(room.shortage(real), kind)


def test_what_is_not_known_stops_nothing(
    sagemaker: MemorySageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert EndpointRoom(None, sagemaker, STACK).shortage(wanted()) is None
    unlisted = EndpointRoom(quotas(0, "another"), sagemaker, STACK)
    assert unlisted.shortage(wanted()) is None
    serve(sagemaker, "tickets", serverless(6))
    monkeypatch.setattr(endpoint_room, "MOST_ENDPOINTS", 0)
    assert shortage(sagemaker, 10) is None

    class NotReadable(Quotas):
        def of_sagemaker(self) -> Mapping[str, float]:
            raise RefusedError(
                "not authorized to perform: servicequotas:ListServiceQuotas"
            )

    denied = EndpointRoom(cast(ServiceQuotas, NotReadable({})), sagemaker, STACK)
    assert denied.shortage(wanted()) is None


def test_a_training_whose_model_has_no_room_is_not_started(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger
) -> None:
    room = EndpointRoom(quotas(1), sagemaker, STACK, now)
    refused = replace(starter, endpoint_room=room)
    assert refused.start(RUN, 0) == {"outcome": "refused"}
    assert sagemaker.calls == []
    record = ledger.get_run(RUN)
    assert record.quota_refusal is not None
    event = {"step": "train", "error": "", "cause": ""}
    diagnosis = diagnose(evidence_of(event, record, None, []))
    assert diagnosis.cause.startswith(
        "The training was not started, as its model could not be deployed: Expected room for the model's endpoint"
    )
    assert diagnosis.remedy.startswith(REMEDY)


def test_a_warning_is_recorded_once_and_the_training_starts(
    starter: Starter, sagemaker: MemorySageMaker, ledger: MemoryLedger
) -> None:
    needed = quota_of_variant(serverless(5))[1]
    serve(sagemaker, "tickets", serverless(5))
    room = EndpointRoom(quotas(needed + 1), sagemaker, STACK, now)
    warned = replace(starter, endpoint_room=room)
    for _ in range(2):
        assert warned.start(RUN, 0) == {"outcome": "started"}
    [warning] = ledger.get_run(RUN).warnings or ()
    assert warning.startswith(f"The quota '{SERVERLESS_CONCURRENCY}' may be full")
