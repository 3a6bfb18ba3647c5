"""Promote and Retire, and what belongs to whom."""

from __future__ import annotations

from typing import Any

import pytest

from functions.adapters.ledger import LedgerConflictError
from functions.common.names import resource_name, run_name, run_prefix
from functions.common.tags import as_list, tag_value, tags
from functions.deploy.promote import promote
from functions.deploy.retire import retire
from tests.unit.functions.fakes import STACK, MemoryLedger, MemorySageMaker
from tests.unit.functions.specs import RUN


def made(sagemaker: MemorySageMaker, run: str, model: str = "reviews", stack: str = STACK) -> str:
    name = resource_name(stack, run)
    owner: dict[str, Any] = {"Tags": as_list(tags(stack, model, run))}
    sagemaker.configs[name], sagemaker.models[name] = dict(owner), dict(owner)
    return name


def test_the_first_release_has_nothing_to_retire(ledger: MemoryLedger) -> None:
    ledger.add(RUN, status="verifying")
    assert promote(RUN, ledger) == {"outcome": "promoted", "grace": False}
    assert promote(RUN, ledger) == {"outcome": "promoted", "grace": False}


def test_the_next_release_supersedes_the_champion(ledger: MemoryLedger) -> None:
    ledger.add("reviews-old", status="live")
    ledger.add(RUN, status="verifying")
    assert promote(RUN, ledger) == {"outcome": "promoted", "grace": True}
    assert ledger.get_run("reviews-old").write()["status"] == "superseded"


def test_a_run_that_lost_its_model_is_not_promoted(ledger: MemoryLedger) -> None:
    ledger.add(RUN, status="failed")
    with pytest.raises(LedgerConflictError):
        promote(RUN, ledger)


def test_retires_what_neither_the_endpoint_nor_a_run_needs(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.add("reviews-new", status="live")
    ledger.add("reviews-next", status="training")
    old, new, following = (made(sagemaker, f"reviews-{name}") for name in ("old", "new", "next"))
    other = made(sagemaker, "reviews-2-x", model="reviews-2")
    foreign = made(sagemaker, "reviews-old-2", stack="traindrop-reviews")
    sagemaker.models["traindrop-reviews-untagged"] = {}
    sagemaker.add_endpoint("traindrop-reviews", new)
    assert retire("reviews-new", ledger, sagemaker, STACK) == {"outcome": "retired", "removed": 2}
    assert set(sagemaker.configs) == {new, following, other, foreign}
    assert set(sagemaker.models) == {new, following, other, foreign, "traindrop-reviews-untagged"}
    assert old not in sagemaker.configs
    assert retire("reviews-new", ledger, sagemaker, STACK) == {"outcome": "retired", "removed": 0}


def test_a_config_that_the_endpoint_still_uses_stays(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.add("reviews-new", status="live")
    old, new = made(sagemaker, "reviews-old"), made(sagemaker, "reviews-new")
    sagemaker.add_endpoint(
        "traindrop-reviews", old, "Updating", PendingDeploymentSummary={"EndpointConfigName": new}
    )
    assert retire("reviews-new", ledger, sagemaker, STACK) == {"outcome": "retired", "removed": 0}


@pytest.mark.parametrize("stack", ["t", "traindrop", "a-stack-name-of-thirty-two-chars"])
@pytest.mark.parametrize(
    "model", ["reviews", "a-model-with-a-very-long-name-0123456789", "Größe a+b", "日本"]
)
def test_every_run_of_a_model_begins_with_its_prefix(stack: str, model: str) -> None:
    for attempt in (1, 2, 11):
        name = resource_name(stack, run_name(model, "0123456789abcdef", attempt))
        assert name.startswith(run_prefix(stack, model))
    assert run_prefix(stack, model).startswith(f"{stack}-")


def test_tag_values_are_what_aws_takes() -> None:
    assert tag_value("Größe a+b") == "Größe a+b"
    assert tag_value("it's (new)") == "it-s -new-"
    assert len(tag_value("x" * 300)) == 256
    assert tag_value(" ") == "-"
