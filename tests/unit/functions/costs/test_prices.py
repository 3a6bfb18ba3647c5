from __future__ import annotations

import pytest

from functions.adapters.errors import RefusedError, TransientError
from functions.adapters.price_list import PriceList
from functions.costs.price_table import Component, tabled_price
from functions.costs.prices import Prices
from tests.unit.functions.fakes import now

TYPE = "ml.g5.xlarge"


class List(PriceList):
    """Prices by type, or an error for every question."""

    def __init__(
        self, prices: dict[str, float], error: Exception | None = None
    ) -> None:
        self.prices, self.error = prices, error
        self.requested: list[str] = []

    def hourly_price(
        self, region: str, component: str, instance_type: str
    ) -> float | None:
        self.requested.append(instance_type)
        if self.error:
            raise self.error
        return self.prices.get(instance_type)


def test_the_price_list_comes_before_the_table() -> None:
    listed = List({TYPE: 1.2575})
    prices = Prices("us-east-1", listed, now)
    price = prices.price(Component.TRAINING, TYPE)
    assert price is not None
    assert (price.usd_per_hour, price.source, price.as_of) == (
        1.2575,
        "AWS Price List",
        now().date().isoformat(),
    )
    prices.price(Component.TRAINING, TYPE)
    assert listed.requested == [TYPE]


def test_what_the_list_does_not_have_is_in_the_table_or_not_known() -> None:
    prices = Prices("us-east-1", List({}), now)
    expected = tabled_price("us-east-1", Component.TRAINING, TYPE)
    assert expected is not None
    assert prices.price(Component.TRAINING, TYPE) == expected
    assert prices.price(Component.TRAINING, "ml.g6.xlarge") is None


@pytest.mark.parametrize("error", [TransientError("slow"), RefusedError("denied")])
def test_a_list_that_does_not_answer_is_asked_once(error: Exception) -> None:
    listed = List({}, error)
    prices = Prices("us-east-1", listed, now)
    for instance_type in (TYPE, "ml.g4dn.xlarge"):
        expected = tabled_price("us-east-1", Component.TRAINING, instance_type)
        assert prices.price(Component.TRAINING, instance_type) == expected
    assert listed.requested == [TYPE]


def test_a_partition_without_a_list_has_the_table() -> None:
    price = Prices("us-east-1", None).price(Component.HOSTING, "ml.m5.xlarge")
    assert price is not None
    assert price.usd_per_hour == 0.23
