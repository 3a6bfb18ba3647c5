"""What an hour of training costs here, by the AWS Price List."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import boto3

from tools.preflight.deployment import Deployment
from tools.preflight.finding import Finding, State

PRICE_LIST_REGION = "us-east-1"
"""The Price List has few addresses, whichever region it is asked about:
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html"""
PRICES_PAGE = "https://aws.amazon.com/sagemaker/pricing/"


def training_prices(session: boto3.Session, deployment: Deployment) -> Iterator[Finding]:
    for instance_type in deployment.training_types:
        price = hourly_price(_products(session, instance_type))
        if price is None:
            yield Finding(
                State.UNKNOWN,
                f"price of {instance_type}: the Price List has none for training in {session.region_name}",
                f"See {PRICES_PAGE}",
            )
        else:
            note = ", on demand; spot is billed at less" if deployment.uses_spot else ", on demand"
            yield Finding(
                State.OK,
                f"price of {instance_type}: {price:.3f} USD an hour{note}; a job bills by the second",
            )


def _products(session: boto3.Session, instance_type: str) -> list[str]:
    filters = {
        "regionCode": session.region_name,
        "instanceName": instance_type,
        "component": "Training",
    }
    answer = session.client("pricing", region_name=PRICE_LIST_REGION).get_products(
        ServiceCode="AmazonSageMaker",
        Filters=[
            {"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in filters.items()
        ],
    )
    products: list[str] = answer["PriceList"]
    return products


def hourly_price(products: Sequence[str]) -> float | None:
    """The highest on-demand price in USD among products in the Price List's JSON; None where there is none."""
    prices = []
    for product in products:
        for term in json.loads(product)["terms"].get("OnDemand", {}).values():
            for dimension in term["priceDimensions"].values():
                prices.append(float(dimension["pricePerUnit"].get("USD", 0)))
    return max(prices, default=0.0) or None
