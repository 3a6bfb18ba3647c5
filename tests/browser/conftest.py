from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import visitor


@pytest.fixture(scope="session")
def running() -> Iterator[Any]:
    """A browser."""
    with visitor.browser() as started:
        yield started
