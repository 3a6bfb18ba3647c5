"""Prices for where the AWS Price List cannot be asked: each was read somewhere, and where is noted beside it.

Only what has a source stands here. A type or a region that does not has no known price, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from contracts.costs import Price


class Component(StrEnum):
    """The Price List's word for what an instance is used for."""

    TRAINING = "Training"
    HOSTING = "Hosting"
    TRANSFORM = "Batch Transform"


@dataclass(frozen=True)
class Source:
    name: str
    as_of: str


_BILL = Source(
    "a bill of AWS, aws-samples/sagemaker-ssh-helper, Sample_Costs.md at b6bf9ba3",
    "2023-12",
)
_BENCHMARKS = Source(
    "aws-samples/foundation-model-benchmarking-tool, pricing_fallback.yml at 77ece06a "
    "(SageMaker, of training and hosting alike; no region is named, and its EC2 prices are those of us-east-1)",
    "2025-01-26",
)
_PRICE_LIST_COPY = Source(
    "the Price List's Training component as copied in OKUniversity/agentcore-public-stack at af09e6d4",
    "2026",
)

_EAST: Mapping[str, float] = {
    "ml.c5.xlarge": 0.204,
    "ml.c5.2xlarge": 0.408,
    "ml.c5.4xlarge": 0.816,
    "ml.m5.xlarge": 0.23,
    "ml.g4dn.xlarge": 0.7364,
    "ml.g4dn.2xlarge": 0.94,
    "ml.g4dn.4xlarge": 1.505,
    "ml.g4dn.8xlarge": 2.72,
    "ml.g4dn.12xlarge": 4.89,
    "ml.g4dn.16xlarge": 5.44,
    "ml.g5.xlarge": 1.4084,
    "ml.g5.2xlarge": 1.515,
    "ml.g5.4xlarge": 2.03,
    "ml.g5.8xlarge": 3.06,
    "ml.g5.12xlarge": 7.09,
    "ml.g5.24xlarge": 10.18,
    "ml.g5.48xlarge": 20.36,
    "ml.g6.2xlarge": 1.222,
    "ml.g6.12xlarge": 5.752,
    "ml.g6.16xlarge": 4.246,
    "ml.g6.24xlarge": 8.344,
    "ml.g6.48xlarge": 16.688,
    "ml.p3.2xlarge": 3.825,
}
_WEST_TRAINING: Mapping[str, float] = {
    "ml.g5.xlarge": 1.408,
    "ml.g5.2xlarge": 1.515,
    "ml.g5.4xlarge": 2.03,
    "ml.g5.8xlarge": 3.06,
    "ml.g5.12xlarge": 7.09,
    "ml.g5.16xlarge": 5.12,
    "ml.g5.24xlarge": 10.18,
    "ml.g5.48xlarge": 20.36,
    "ml.g6.xlarge": 1.127,
    "ml.g6.2xlarge": 1.222,
    "ml.g6.4xlarge": 1.654,
    "ml.g6.8xlarge": 2.518,
    "ml.g6.12xlarge": 5.752,
    "ml.g6.24xlarge": 8.344,
    "ml.g6.48xlarge": 16.688,
    "ml.g6e.xlarge": 2.61,
    "ml.g6e.2xlarge": 2.8,
    "ml.g6e.4xlarge": 3.76,
    "ml.g6e.8xlarge": 5.66,
    "ml.g6e.12xlarge": 13.12,
    "ml.g6e.24xlarge": 18.83,
    "ml.g6e.48xlarge": 37.66,
}
_IRELAND_TRAINING: Mapping[str, float] = {
    "ml.m5.xlarge": 0.257,
    "ml.g4dn.xlarge": 0.822,
    "ml.g5.xlarge": 1.57,
    "ml.p3.2xlarge": 4.131,
}
_IRELAND_HOSTING: Mapping[str, float] = {
    "ml.m5.xlarge": 0.257,
    "ml.g4dn.xlarge": 0.821,
    "ml.g4dn.4xlarge": 1.678,
    "ml.g4dn.12xlarge": 5.453,
    "ml.g5.12xlarge": 7.91,
}

TABLE: Mapping[tuple[str, Component], tuple[Source, Mapping[str, float]]] = {
    ("us-east-1", Component.TRAINING): (_BENCHMARKS, _EAST),
    ("us-east-1", Component.HOSTING): (_BENCHMARKS, _EAST),
    ("us-west-2", Component.TRAINING): (_PRICE_LIST_COPY, _WEST_TRAINING),
    ("eu-west-1", Component.TRAINING): (_BILL, _IRELAND_TRAINING),
    ("eu-west-1", Component.HOSTING): (_BILL, _IRELAND_HOSTING),
}
"""Region and component -> the source, and USD an hour by instance type."""


def tabled_price(region: str, component: Component, instance_type: str) -> Price | None:
    """None where the table has no price for this."""
    source, prices = TABLE.get((region, component), (None, {}))
    usd_per_hour = prices.get(instance_type)
    if source is None or usd_per_hour is None:
        return None
    return Price(usd_per_hour, source.name, source.as_of)
