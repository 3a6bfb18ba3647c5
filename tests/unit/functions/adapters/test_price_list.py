from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from functions.adapters.errors import RefusedError
from functions.adapters.price_list import PriceList, highest_price


def product(*prices: str, currency: str = "USD") -> str:
    dimensions: dict[str, Any] = {
        f"rate-{n}": {"unit": "Hrs", "pricePerUnit": {currency: price}}
        for n, price in enumerate(prices)
    }
    terms = {"OnDemand": {"term": {"priceDimensions": dimensions}}}
    return json.dumps({"product": {"attributes": {}}, "terms": terms})


def test_the_highest_of_several_prices_counts() -> None:
    products = [product("0.0000000000", "1.4080000000"), product("1.0060000000")]
    assert highest_price(products) == 1.408


def test_no_product_and_no_price_in_dollars_give_none() -> None:
    assert highest_price([]) is None
    assert highest_price([product("9.1", currency="CNY")]) is None
    assert highest_price([json.dumps({"product": {}, "terms": {}})]) is None


def stubbed() -> tuple[PriceList, Stubber]:
    client = boto3.client(
        "pricing",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    stub = Stubber(client)
    stub.activate()
    return PriceList(client), stub


def test_the_list_is_asked_for_a_region_a_component_and_a_type() -> None:
    prices, stub = stubbed()
    wanted = {
        "regionCode": "eu-west-1",
        "instanceName": "ml.g5.xlarge",
        "component": "Training",
    }
    filters = [
        {"Type": "TERM_MATCH", "Field": field, "Value": value}
        for field, value in wanted.items()
    ]
    stub.add_response(
        "get_products",
        {"PriceList": [product("1.57")]},
        {"ServiceCode": "AmazonSageMaker", "Filters": filters},
    )
    assert prices.hourly_price("eu-west-1", "Training", "ml.g5.xlarge") == 1.57


def test_a_role_without_the_right_is_refused() -> None:
    prices, stub = stubbed()
    stub.add_client_error("get_products", "AccessDeniedException")
    with pytest.raises(RefusedError):
        prices.hourly_price("eu-west-1", "Training", "ml.g5.xlarge")
