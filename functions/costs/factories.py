"""The room's objects on the adapters of this function, for handlers."""

from __future__ import annotations

from collections.abc import Callable

from functions.adapters import clients
from functions.adapters.errors import AwsError
from functions.common.lambda_handler import logger
from functions.costs.booking import Booker
from functions.costs.prices import Prices


def prices() -> Prices:
    return Prices(clients.region(), clients.price_list())


def booker() -> Booker:
    return Booker(clients.cost_book(), clients.sagemaker(), prices())


def book_promptly(look: Callable[[Booker], object]) -> None:
    """Nothing waits or fails because of the book: the sweep looks at whatever could not be looked at here."""
    try:
        look(booker())
    except AwsError as error:
        logger.warning("not booked yet", extra={"error": str(error)})
