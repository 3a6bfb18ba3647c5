"""What an hour of training costs here, by the AWS Price List."""

from __future__ import annotations

from collections.abc import Iterator

import boto3

from functions.adapters.price_list import HOME_REGIONS, PriceList
from functions.costs.price_table import Component
from tools.preflight.deployment import Deployment
from tools.preflight.finding import Finding, State

PRICES_PAGE = "https://aws.amazon.com/sagemaker/pricing/"


def training_prices(
    session: boto3.Session, deployment: Deployment
) -> Iterator[Finding]:
    partition = session.get_partition_for_region(session.region_name)
    if partition not in HOME_REGIONS:
        yield Finding(
            State.UNKNOWN,
            f"prices: the partition {partition} has no Price List",
            f"See {PRICES_PAGE}",
        )
        return
    price_list = PriceList(
        session.client("pricing", region_name=HOME_REGIONS[partition])
    )
    for instance_type in deployment.training_types:
        price = price_list.hourly_price(
            session.region_name, Component.TRAINING, instance_type
        )
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
