"""What an instance costs: by the AWS Price List where it answers, else by the table, else it is not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from contracts.costs import Price
from functions.adapters.errors import AwsError
from functions.adapters.ledger_table import utc_now
from functions.adapters.price_list import PriceList
from functions.common.lambda_handler import logger
from functions.costs.price_table import Component, tabled_price

PRICE_LIST = "AWS Price List"
SECONDS_AN_HOUR = 3600
PLACES = 4
"""Of amounts in USD: a hundredth of a cent."""


@dataclass
class Prices:
    """Prices of one region. The Price List is asked once for each type; once it has failed, not again."""

    region: str
    price_list: PriceList | None
    """None where the partition has none."""
    now: Callable[[], datetime] = utc_now
    _looked_up: dict[tuple[Component, str], Price | None] = field(default_factory=dict)

    def price(self, component: Component, instance_type: str) -> Price | None:
        """None where no price is known."""
        key = (component, instance_type)
        if key not in self._looked_up:
            listed = self._listed_price(component, instance_type)
            tabled = tabled_price(self.region, component, instance_type)
            self._looked_up[key] = listed or tabled
        return self._looked_up[key]

    def _listed_price(self, component: Component, instance_type: str) -> Price | None:
        if self.price_list is None:
            return None
        try:
            usd = self.price_list.hourly_price(self.region, component, instance_type)
        except AwsError as error:
            # A price is worth no run: a role without the right, a network without the way there.
            logger.warning("no Price List", extra={"error": type(error).__name__})
            self.price_list = None
            return None
        today = self.now().date().isoformat()
        return None if usd is None else Price(usd, PRICE_LIST, today)


def usd_of(price: Price, seconds: float, instances: int) -> float:
    return round(price.usd_per_hour * seconds * instances / SECONDS_AN_HOUR, PLACES)
