from __future__ import annotations

from functions.api.openapi_operations import OPERATIONS
from functions.api.openapi_schemas import components
from functions.api.routes import ROUTES


def test_every_route_is_described_and_nothing_else() -> None:
    assert OPERATIONS.keys() == {f"{route.method} {route.path}" for route in ROUTES}


def test_operations_name_components_that_there_are() -> None:
    used = {item.schema for item in OPERATIONS.values()}
    used |= {item.body for item in OPERATIONS.values()}
    assert used - {None} <= components().keys()
