from __future__ import annotations

import re

import pytest

from contracts.costs import Price
from functions.costs.price_table import TABLE, Component, tabled_price


def test_a_price_comes_with_its_source_and_its_day() -> None:
    price = tabled_price("eu-west-1", Component.TRAINING, "ml.g5.xlarge")
    assert price == Price(
        1.57,
        "a bill of AWS, aws-samples/sagemaker-ssh-helper, Sample_Costs.md at b6bf9ba3",
        "2023-12",
    )


@pytest.mark.parametrize(
    ("region", "component", "instance_type"),
    [
        ("eu-central-1", Component.TRAINING, "ml.g5.xlarge"),
        ("us-east-1", Component.TRAINING, "ml.g6.xlarge"),
        ("us-west-2", Component.HOSTING, "ml.g5.xlarge"),
    ],
)
def test_what_has_no_source_has_no_price(
    region: str, component: Component, instance_type: str
) -> None:
    assert tabled_price(region, component, instance_type) is None


def test_every_entry_can_be_a_price() -> None:
    for source, prices in TABLE.values():
        assert re.fullmatch(r"\d{4}(-\d\d){0,2}", source.as_of)
        assert prices
        for instance_type, usd in prices.items():
            assert re.fullmatch(r"ml\.\w+\.\d*x?large", instance_type)
            assert 0 < usd < 200
