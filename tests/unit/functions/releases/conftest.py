from __future__ import annotations

import pytest

from tests.unit.functions.releases.ended_runs import Runs


@pytest.fixture
def runs() -> Runs:
    return Runs()
