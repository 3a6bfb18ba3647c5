from __future__ import annotations

import pytest

from tests.unit.functions.arrive.queue import Queue


@pytest.fixture
def queue() -> Queue:
    return Queue()
