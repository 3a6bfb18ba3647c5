from __future__ import annotations

import json
from typing import Any

import boto3

from tools.preflight.deployment import Deployment
from tools.preflight.finding import State
from tools.preflight.prices import hourly_price, training_prices


def product(*prices: str, currency: str = "USD") -> str:
    dimensions: dict[str, Any] = {
        f"rate-{n}": {"unit": "Hrs", "pricePerUnit": {currency: price}}
        for n, price in enumerate(prices)
    }
    terms = {"OnDemand": {"term": {"priceDimensions": dimensions}}}
    return json.dumps({"product": {"attributes": {}}, "terms": terms})


def test_the_highest_of_several_prices_counts() -> None:
    assert (
        hourly_price([product("0.0000000000", "1.4080000000"), product("1.0060000000")])
        == 1.408
    )


def test_no_product_and_no_price_in_dollars_give_none() -> None:
    assert hourly_price([]) is None
    assert hourly_price([product("9.1", currency="CNY")]) is None
    assert hourly_price([json.dumps({"product": {}, "terms": {}})]) is None


def test_a_partition_without_a_price_list_is_unknown() -> None:
    session = boto3.Session(region_name="us-gov-west-1")
    (finding,) = training_prices(session, Deployment.read({}))
    assert finding.state is State.UNKNOWN
    assert finding.text == "prices: the partition aws-us-gov has no Price List"
