from __future__ import annotations

import pytest

from tests.unit.functions.retry.runs import Runs


@pytest.fixture
def runs() -> Runs:
    return Runs()
