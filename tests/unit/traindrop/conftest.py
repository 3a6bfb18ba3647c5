from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.functions.api.conftest import call
from tests.unit.functions.conftest import ledger, sagemaker, storage
from tests.unit.traindrop.api_transport import URL, transport
from traindrop import Client

__all__ = ["call", "ledger", "sagemaker", "storage"]


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(URL, "the-key", transport=transport()) as opened:
        yield opened
