"""The AWS Price List: what an hour of an instance costs on demand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from functions.adapters.errors import translated

HOME_REGIONS: Mapping[str, str] = {"aws": "us-east-1", "aws-cn": "cn-northwest-1"}
"""Partition -> where its Price List answers, whichever region it is asked about; GovCloud has none:
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html"""


@translated
class PriceList:
    """The one call that Traindrop needs."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def hourly_price(
        self, region: str, component: str, instance_type: str
    ) -> float | None:
        """USD an hour for a component of SageMaker, such as `Training`; None where the list has none."""
        filters = {
            "regionCode": region,
            "instanceName": instance_type,
            "component": component,
        }
        answer = self._client.get_products(
            ServiceCode="AmazonSageMaker",
            Filters=[
                {"Type": "TERM_MATCH", "Field": name, "Value": value}
                for name, value in filters.items()
            ],
        )
        return highest_price(answer["PriceList"])


def highest_price(products: Sequence[str]) -> float | None:
    """The highest on-demand price in USD among products in the Price List's JSON; None where there is none."""
    prices = []
    for product in products:
        for term in json.loads(product)["terms"].get("OnDemand", {}).values():
            for dimension in term["priceDimensions"].values():
                prices.append(float(dimension["pricePerUnit"].get("USD", 0)))
    return max(prices, default=0.0) or None
