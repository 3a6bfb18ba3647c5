from __future__ import annotations

from functions.common.names import resource_name
from functions.deploy.retire import retire
from tests.unit.functions.deploy.releases import made
from tests.unit.functions.fakes import STACK, MemoryLedger, MemorySageMaker


def test_retires_what_neither_the_endpoint_nor_a_run_needs(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.add("reviews-new", status="live")
    ledger.add("reviews-next", status="training")
    old, new, following = (
        made(sagemaker, f"reviews-{name}") for name in ("old", "new", "next")
    )
    other = made(sagemaker, "reviews-2-x", model="reviews-2")
    foreign = made(sagemaker, "reviews-old-2", stack="traindrop-reviews")
    sagemaker.models["traindrop--reviews-untagged"] = {}
    sagemaker.add_endpoint(resource_name(STACK, "reviews"), new)
    assert retire("reviews-new", ledger, sagemaker, STACK) == {
        "outcome": "retired",
        "removed": 2,
    }
    assert set(sagemaker.configs) == {new, following, other, foreign}
    assert set(sagemaker.models) == {
        new,
        following,
        other,
        foreign,
        "traindrop--reviews-untagged",
    }
    assert old not in sagemaker.configs
    assert retire("reviews-new", ledger, sagemaker, STACK) == {
        "outcome": "retired",
        "removed": 0,
    }


def test_a_config_that_the_endpoint_still_uses_stays(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.add("reviews-new", status="live")
    old, new = made(sagemaker, "reviews-old"), made(sagemaker, "reviews-new")
    sagemaker.add_endpoint(
        resource_name(STACK, "reviews"),
        old,
        "Updating",
        PendingDeploymentSummary={"EndpointConfigName": new},
    )
    assert retire("reviews-new", ledger, sagemaker, STACK) == {
        "outcome": "retired",
        "removed": 0,
    }
