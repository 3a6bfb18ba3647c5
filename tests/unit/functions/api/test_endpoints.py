from __future__ import annotations

from typing import Any

import pytest

from functions.common.names import resource_name
from tests.unit.functions.api.client import PREDICT, Client, live
from tests.unit.functions.fakes import STACK


def test_an_endpoint_is_deleted_with_everything_behind_it(call: Client) -> None:
    live(call)
    status, body, _ = call("DELETE", "/models/{model}/endpoint", model="reviews")
    assert (status, body["removed"]) == (
        200,
        [
            f"endpoint {resource_name(STACK, 'reviews')}",
            f"model {resource_name(STACK, 'reviews-1')}",
            f"endpoint-config {resource_name(STACK, 'reviews-1')}",
        ],
    )
    assert (call.sagemaker.configs, call.sagemaker.models) == ({}, {})
    assert call.error("POST", PREDICT, {"inputs": "x"}, model="reviews")[0] == 409
    assert call.ledger.get_run("reviews-1").write()["status"] == "superseded"


def test_deleting_an_endpoint_twice_removes_nothing_more(call: Client) -> None:
    live(call)
    call("DELETE", "/models/{model}/endpoint", model="reviews")
    del call.sagemaker.endpoints[resource_name(STACK, "reviews")]
    assert call("DELETE", "/models/{model}/endpoint", model="reviews")[:2] == (
        200,
        {"model": "reviews", "removed": []},
    )


@pytest.mark.parametrize("status", ["deploying", "verifying"])
def test_an_endpoint_is_not_deleted_while_a_run_deploys(
    call: Client, status: Any
) -> None:
    live(call)
    call.ledger.add("reviews-2", status=status)
    actual, error, _ = call.error("DELETE", "/models/{model}/endpoint", model="reviews")
    assert (actual, error["code"], error["run"], error["status"]) == (
        409,
        "run_deploying",
        "reviews-2",
        status,
    )
    assert call.sagemaker.calls == []
