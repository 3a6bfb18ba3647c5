"""What these tests start outlives the command that starts it; the test runner is that command, and must reap it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localcloud import processes


@pytest.fixture(autouse=True, scope="session")
def _reap() -> Iterator[None]:
    yield
    for child in processes._STARTED.values():
        child.kill()
        child.wait(10)
