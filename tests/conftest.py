"""What holds for every test process, each worker of pytest-xdist included."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.golden import check_golden, pytest_addoption

__all__ = ["check_golden", "pytest_addoption"]

TESTS = Path(__file__).parent
ONE_CLOUD = "e2e"
"""The folder whose tests share one deployed stack and come in an order: one worker runs them all."""

# The models of the tests are tiny: a second thread costs more than it brings, and workers share the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("dev", max_examples=10)
settings.register_profile("ci", max_examples=100, derandomize=True, database=None)
settings.register_profile("thorough", max_examples=400)
settings.load_profile("ci")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where workers share the tests (`--dist loadgroup`), those of a file stay together.

    A worker reads the groups, and there the option `dist` is "no": so every test has its group.
    """
    for item in items:
        path = item.path.relative_to(TESTS)
        group = ONE_CLOUD if path.parts[0] == ONE_CLOUD else path.as_posix()
        item.add_marker(pytest.mark.xdist_group(group))
