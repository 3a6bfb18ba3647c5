from __future__ import annotations

from tests.golden import check_golden, pytest_addoption

__all__ = ["check_golden", "pytest_addoption"]
