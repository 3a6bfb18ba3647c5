"""What an hour of training costs here, by the AWS Price List."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import boto3

from tools.preflight.deployment import Deployment
from tools.preflight.finding import Finding, State

PRICE_LIST_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-northwest-1"}
"""Partition -> where its Price List answers, whichever region it is asked about; GovCloud has none:
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html"""
PRICES_PAGE = "https://aws.amazon.com/sagemaker/pricing/"


def training_prices(
    session: boto3.Session, deployment: Deployment
) -> Iterator[Finding]:
    partition = session.get_partition_for_region(session.region_name)
    if partition not in PRICE_LIST_REGIONS:
        yield Finding(
            State.UNKNOWN,
            f"prices: the partition {partition} has no Price List",
            f"See {PRICES_PAGE}",
        )
        return
    client = session.client("pricing", region_name=PRICE_LIST_REGIONS[partition])
    for instance_type in deployment.training_types:
        price = hourly_price(_products(client, session.region_name, instance_type))
        if price is None:
            yield Finding(
                State.UNKNOWN,
                f"price of {instance_type}: the Price List has none for training in {session.region_name}",
                f"See {PRICES_PAGE}",
            )
        else:
            note = (
                ", on demand; spot is billed at less"
                if deployment.uses_spot
                else ", on demand"
            )
            yield Finding(
                State.OK,
                f"price of {instance_type}: {price:.3f} USD an hour{note}; a job bills by the second",
            )


def _products(client: Any, region: str, instance_type: str) -> list[str]:
    filters = {
        "regionCode": region,
        "instanceName": instance_type,
        "component": "Training",
    }
    answer = client.get_products(
        ServiceCode="AmazonSageMaker",
        Filters=[
            {"Type": "TERM_MATCH", "Field": name, "Value": value}
            for name, value in filters.items()
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
