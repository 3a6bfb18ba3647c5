"""The room's objects on the adapters of this function, for handlers."""

from __future__ import annotations

from functions.adapters import clients
from functions.costs.booking import Booker
from functions.costs.prices import Prices


def prices() -> Prices:
    return Prices(clients.region(), clients.price_list())


def booker() -> Booker:
    return Booker(clients.cost_book(), clients.sagemaker(), prices())
